#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/softmax/generic.h"

namespace vernier {

const SoftmaxF32Kernel softmax_f32_avx512 = {"softmax_f32_avx512", softmax_rows<false>,
                                             softmax_cols<false>, softmax_rows<true>,
                                             softmax_cols<true>};

}  // namespace vernier
