#include "backend/cpu/kernels/simd/vec_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/conv/generic.h"

namespace vernier {

const WinogradF32Kernel conv_f32_avx2_winograd4x4 = {"conv_f32_avx2_winograd4x4", VecF32::kLanes,
                                                     winograd_input, winograd_output};

}  // namespace vernier
