#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/reduce/generic.h"

namespace vernier {

const ReduceF32Kernel reduce_f32_generic = {"reduce_f32_generic", kRow, kCols};

}  // namespace vernier
