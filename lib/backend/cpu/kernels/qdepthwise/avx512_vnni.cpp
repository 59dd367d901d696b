#include "backend/cpu/kernels/qsimd/vec_int_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qdepthwise/generic.h"

namespace vernier {

const QDepthwiseKernel qdepthwise_avx512_vnni_64 = {"qdepthwise_avx512_vnni_64", kQMaxBlock,
                                                    kQHalfBlock, kQLanes, qdepthwise_row};

}  // namespace vernier
