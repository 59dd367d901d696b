#include "backend/cpu/kernels/qsimd/vec_int_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qpool/generic.h"

namespace vernier {

const QPoolKernel qpool_generic = {"qpool_generic", q_max_row, q_average_row};

}  // namespace vernier
