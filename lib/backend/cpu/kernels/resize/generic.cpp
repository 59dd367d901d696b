#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/resize/generic.h"

namespace vernier {

const ResizeF32Kernel resize_f32_generic = {"resize_f32_generic", linear_row};

}  // namespace vernier
