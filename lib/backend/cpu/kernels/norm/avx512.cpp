#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/norm/generic.h"

namespace vernier {

const NormF32Kernel norm_f32_avx512 = {"norm_f32_avx512", norm_rows<false>, norm_rows<true>};

}  // namespace vernier
