#include "backend/cpu/kernels/eltwise/eltwise.h"

namespace vernier {
namespace {

constexpr ptrdiff_t kBuffer = 512;

void gather(const float* from, ptrdiff_t step, ptrdiff_t n, float* to) {
  for (ptrdiff_t i = 0; i < n; ++i) to[i] = from[i * step];
}

}  // namespace

bool eltwise_f32_run(EltwiseFn fn, int inputs, const EltwiseArgs& args) {
  bool direct = args.y_step == 1;
  bool moves = false;
  for (int k = 0; k < inputs; ++k) {
    direct = direct && (args.step[k] == 0 || args.step[k] == 1);
    moves = moves || args.step[k] != 0;
  }
  // The first operand of a one- or three-operand function always moves.
  if (inputs != 2 && args.step[0] != 1) direct = false;
  if ((direct && moves) || args.n == 0) return fn(args);

  alignas(64) float x[3][kBuffer];
  alignas(64) float y[kBuffer];
  bool ok = true;
  for (ptrdiff_t r = 0; r < args.rows; ++r) {
    for (ptrdiff_t at = 0; at < args.n; at += kBuffer) {
      const ptrdiff_t n = args.n - at < kBuffer ? args.n - at : kBuffer;
      EltwiseArgs part = args;
      part.rows = 1;
      part.n = n;
      for (int k = 0; k < inputs; ++k) {
        gather(static_cast<const float*>(args.x[k]) + r * args.pitch[k] + at * args.step[k],
               args.step[k], n, x[k]);
        part.x[k] = x[k];
        part.step[k] = 1;
      }
      float* out = static_cast<float*>(args.y) + r * args.y_pitch + at * args.y_step;
      part.y = args.y_step == 1 ? out : y;
      part.y_step = 1;
      ok = fn(part) && ok;
      if (args.y_step != 1) {
        for (ptrdiff_t i = 0; i < n; ++i) out[i * args.y_step] = y[i];
      }
    }
  }
  return ok;
}

}  // namespace vernier
