#include "backend/cpu/kernels/qsimd/vec_int_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qpool/generic.h"

namespace vernier {

const QPoolKernel qpool_avx512 = {"qpool_avx512", q_max_row, q_average_row};

}  // namespace vernier
