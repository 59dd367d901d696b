#include "backend/cpu/kernels/simd/vec_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/resize/generic.h"

namespace vernier {

const ResizeF32Kernel resize_f32_avx2 = {"resize_f32_avx2", linear_row};

}  // namespace vernier
