#include "backend/cpu/kernels/qsimd/vec_int_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qeltwise/generic.h"

namespace vernier {

const QEltwiseKernel qeltwise_avx512 = {"qeltwise_avx512", q_binary<false>, q_binary<true>,
                                        q_quantize, q_dequantize};

}  // namespace vernier
