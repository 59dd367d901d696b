#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/eltwise/generic.h"

namespace vernier {

const EltwiseF32Kernel eltwise_f32_avx512 = {"eltwise_f32_avx512", kUnary, kBinary,
                                             scale_shift_rows};

}  // namespace vernier
