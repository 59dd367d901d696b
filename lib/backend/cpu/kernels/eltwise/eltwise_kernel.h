#pragma once
// Elementwise maths on a block of rows: y[r, i] = f(x0[r, i], x1[r, i], x2[r, i]), r < rows, i < n.
//
// This header: plain data and function types, no ISA code. A row of kernels.inc is the fp32 vector
// table of one ISA.
#include <cstddef>
#include <cstdint>

namespace vernier {

// Steps (between elements of a row) and pitches (between rows) count elements of the operand's own
// type; 0 repeats.
struct EltwiseArgs {
  void* y;
  const void* x[3];
  ptrdiff_t rows;
  ptrdiff_t n;
  ptrdiff_t y_step;
  ptrdiff_t y_pitch;
  ptrdiff_t step[3];
  ptrdiff_t pitch[3];
  float alpha;
  float beta;
};
// False: an integer division by zero was met (the element is written as 0).
using EltwiseFn = bool (*)(const EltwiseArgs& args);

// NaN in, NaN out, unless the formula says otherwise.
enum class UnaryOp : uint8_t {
  relu,
  clip,  // min(beta, max(alpha, x))
  sigmoid,
  tanh,
  exp,
  log,
  sqrt,
  neg,
  abs,
  erf,
  floor,
  ceil,
  round,  // half to even
  reciprocal,
  leaky_relu,        // x < 0 ? alpha x : x
  hard_sigmoid,      // clip(alpha x + beta, 0, 1)
  hard_swish,        // x clip(x / 6 + 1 / 2, 0, 1)
  swish,             // x sigmoid(alpha x)
  silu,              // x sigmoid(x)
  gelu_erf,          // 0.5 x (1 + erf(x / sqrt 2))
  gelu_tanh,         // 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  elu,               // x < 0 ? alpha (e^x - 1) : x
  selu,              // beta (x <= 0 ? alpha (e^x - 1) : x)
  celu,              // x < 0 ? alpha (e^(x / alpha) - 1) : x
  softplus,          // log(1 + e^x)
  softsign,          // x / (1 + |x|)
  mish,              // x tanh(softplus(x))
  sign,              // -1, 0, 1
  thresholded_relu,  // x > alpha ? x : 0
  shrink,            // x < -alpha ? x + beta : x > alpha ? x - beta : 0
  square,
  cube,
  count_f32,  // the ones above have vector code
  sin = count_f32,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  logical_not,  // bool
  bitwise_not,
  is_nan,  // to bool
  is_inf,  // to bool: alpha != 0: -inf counts, beta != 0: +inf counts
  count
};

enum class BinaryOp : uint8_t {
  add,
  sub,
  mul,
  div,
  max,  // NaN if either is NaN, as min
  min,
  prelu,  // x0 < 0 ? x0 * x1 : x0
  count_f32,
  pow = count_f32,
  mod,   // sign of the divisor (integers)
  fmod,  // sign of the dividend
  logical_and,
  logical_or,
  logical_xor,
  bitwise_and,
  bitwise_or,
  bitwise_xor,
  equal,  // the comparisons and logical ones write bool
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  count
};

// fp32 vector functions: y_step must be 1, step[] 0 or 1 (not all 0).
struct EltwiseF32Kernel {
  const char* name;
  const EltwiseFn* unary;   // [UnaryOp::count_f32]
  const EltwiseFn* binary;  // [BinaryOp::count_f32]
  EltwiseFn scale_shift;    // y = x0 * x1 + x2
};
#define VERNIER_ELTWISE_F32(isa, kernel) extern const EltwiseF32Kernel kernel;
#include "backend/cpu/kernels/eltwise/kernels.inc"
#undef VERNIER_ELTWISE_F32

}  // namespace vernier
