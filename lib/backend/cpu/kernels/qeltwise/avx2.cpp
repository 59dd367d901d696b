#include "backend/cpu/kernels/qsimd/vec_int_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qeltwise/generic.h"

namespace vernier {

const QEltwiseKernel qeltwise_avx2 = {"qeltwise_avx2", q_binary<false>, q_binary<true>, q_quantize,
                                      q_dequantize};

}  // namespace vernier
