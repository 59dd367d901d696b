#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/depthwise/generic.h"

namespace vernier {

const DepthwiseF32Kernel depthwise_f32_avx512_8x16 = {"depthwise_f32_avx512_8x16", VecF32::kLanes,
                                                      depthwise_row};

}  // namespace vernier
