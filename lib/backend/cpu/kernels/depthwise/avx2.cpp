#include "backend/cpu/kernels/simd/vec_avx2.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/depthwise/generic.h"

namespace vernier {

const DepthwiseF32Kernel depthwise_f32_avx2_8x8 = {"depthwise_f32_avx2_8x8", VecF32::kLanes,
                                                   depthwise_row};

}  // namespace vernier
