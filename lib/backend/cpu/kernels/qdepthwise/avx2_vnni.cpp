#include "backend/cpu/kernels/qsimd/vec_int_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qdepthwise/generic.h"

namespace vernier {

const QDepthwiseKernel qdepthwise_avx2_vnni_32 = {"qdepthwise_avx2_vnni_32", kQMaxBlock,
                                                  kQHalfBlock, kQLanes, qdepthwise_row};

}  // namespace vernier
