#pragma once
// qeltwise: 8-bit elementwise work over contiguous rows; walking other shapes is the caller's. All
// float steps are fp32, each rounded once, half to even; fma rounds once; every row of kernels.inc
// gives the same bits. Scales are finite. Operands may be the destination itself, element by
// element, where sizes agree.
#include <cstddef>
#include <cstdint>

namespace vernier {

// y = clamp(round_even(t) + y_zero, y_lo, y_hi).
struct QBinaryArgs {
  const void* a;
  const void* b;
  void* y;
  ptrdiff_t count;
  ptrdiff_t a_step, b_step;  // 1, or 0: one element serves the whole row
  bool a_signed, b_signed;   // s8, else u8
  std::int32_t a_zero, b_zero;
  // add: t = fma(a - a_zero, a_scale, (b - b_zero) * b_scale), scales are s_a / s_y and s_b / s_y
  // mul: t = float((a - a_zero) * (b - b_zero)) * a_scale, a_scale is s_a * s_b / s_y
  float a_scale, b_scale;
  std::int32_t y_zero;
  std::int32_t y_lo, y_hi;  // within u8 or s8, lo <= hi; only the low byte of y is written
};

// y[i] = table[u8 x[i]]: any unary function, requantization between two scales included.
struct QTableArgs {
  const void* x;
  void* y;
  const std::uint8_t* table;  // 256
  ptrdiff_t rows, columns;    // rows of `columns` bytes
  ptrdiff_t x_pitch, y_pitch;
};

// y = clamp(round_even(x / scale) + zero, type range); NaN gives zero. As ONNX QuantizeLinear.
struct QuantizeRowArgs {
  const float* x;
  void* y;
  ptrdiff_t count;
  float scale;
  std::int32_t zero;
  bool y_signed;
};

// y = float(x - zero) * scale. As ONNX DequantizeLinear.
struct DequantizeRowArgs {
  const void* x;
  float* y;
  ptrdiff_t count;
  float scale;
  std::int32_t zero;
  bool x_signed;
};

// One row of qeltwise/kernels.inc.
struct QEltwiseKernel {
  const char* name;
  void (*add)(const QBinaryArgs& args);
  void (*mul)(const QBinaryArgs& args);
  void (*quantize)(const QuantizeRowArgs& args);
  void (*dequantize)(const DequantizeRowArgs& args);
};
#define VERNIER_QELTWISE(isa, extra, kernel) extern const QEltwiseKernel kernel;
#include "backend/cpu/kernels/qeltwise/kernels.inc"
#undef VERNIER_QELTWISE

// One row of qeltwise/table.inc.
struct QTableKernel {
  const char* name;
  void (*run)(const QTableArgs& args);
};
#define VERNIER_QTABLE(isa, extra, kernel) extern const QTableKernel kernel;
#include "backend/cpu/kernels/qeltwise/table.inc"
#undef VERNIER_QTABLE

}  // namespace vernier
