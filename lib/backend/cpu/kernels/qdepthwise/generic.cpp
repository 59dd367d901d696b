#include "backend/cpu/kernels/qsimd/vec_int_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qdepthwise/generic.h"

namespace vernier {

const QDepthwiseKernel qdepthwise_generic_4 = {"qdepthwise_generic_4", kQMaxBlock, kQHalfBlock,
                                               kQLanes, qdepthwise_row};

}  // namespace vernier
