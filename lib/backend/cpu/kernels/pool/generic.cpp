#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/pool/generic.h"

namespace vernier {

const PoolF32Kernel pool_f32_generic = {"pool_f32_generic", pool_row<true>, pool_row<false>};

}  // namespace vernier
