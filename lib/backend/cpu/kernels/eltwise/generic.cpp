#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/eltwise/generic.h"

namespace vernier {

const EltwiseF32Kernel eltwise_f32_generic = {"eltwise_f32_generic", kUnary, kBinary,
                                              scale_shift_rows};

}  // namespace vernier
