#include "backend/cpu/kernels/qsimd/vec_int_generic.h"
// The vector header comes first: the algorithm is written on its types.
#include "backend/cpu/kernels/qeltwise/generic.h"

namespace vernier {
namespace {

void q_table(const QTableArgs& args) {
  const auto* x = static_cast<const uint8_t*>(args.x);
  auto* y = static_cast<uint8_t*>(args.y);
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    for (ptrdiff_t i = 0; i < args.columns; ++i) {
      y[r * args.y_pitch + i] = args.table[x[r * args.x_pitch + i]];
    }
  }
}

}  // namespace

const QTableKernel qtable_generic = {"qtable_generic", q_table};

const QEltwiseKernel qeltwise_generic = {"qeltwise_generic", q_binary<false>, q_binary<true>,
                                         q_quantize, q_dequantize};

}  // namespace vernier
