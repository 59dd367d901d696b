#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/depthwise/generic.h"

namespace vernier {

const DepthwiseF32Kernel depthwise_f32_generic_8x4 = {"depthwise_f32_generic_8x4", VecF32::kLanes,
                                                      depthwise_row};

}  // namespace vernier
