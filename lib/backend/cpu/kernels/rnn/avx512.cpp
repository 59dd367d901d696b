#include "backend/cpu/kernels/simd/vec_avx512.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/rnn/generic.h"

namespace vernier {

const RnnF32Kernel rnn_f32_avx512 = {"rnn_f32_avx512", lstm, gru_reset, gru_out, gru_linear};

}  // namespace vernier
