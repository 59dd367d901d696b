#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/reduce/generic.h"

namespace vernier {

const ReduceF32Kernel reduce_f32_avx512 = {"reduce_f32_avx512", kRow, kCols};

}  // namespace vernier
