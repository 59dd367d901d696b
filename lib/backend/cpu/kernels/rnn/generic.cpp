#include "backend/cpu/kernels/simd/vec_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/rnn/generic.h"

namespace vernier {

const RnnF32Kernel rnn_f32_generic = {"rnn_f32_generic", lstm, gru_reset, gru_out, gru_linear};

}  // namespace vernier
