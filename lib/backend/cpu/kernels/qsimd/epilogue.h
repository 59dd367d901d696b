#pragma once
// How the integer kernels turn an int32 sum into an output. Plain data; the vector code is in
// qsimd/finish.h. The definition is exact: every tier, and the scalar references of the operators,
// give the same bits. All float steps are fp32, each rounded once, half to even; fma rounds once.
//
//   t = fma(float(sum), scale[c], offset[c])
//   if mid:       t = clamp(round_even(t), mid_lo, mid_hi) * mid_scale
//   if residual:  t = fma(float(residual - residual_zero), residual_scale, t)
//   if out is f32:  y = min(hi_f32, max(lo_f32, t))
//   otherwise:      y = clamp(round_even(t) + zero, lo, hi), then y = table[byte of y] if table
//
// sum is the int32 sum over the products of (activation - its zero point) and (weight - its zero
// point) plus bias[c]; it wraps modulo 2^32. With offset 0 the first line is a plain product, as
// QLinearConv and QLinearMatMul define it. `mid` is the quantization of the sum before the residual
// is added, where the model has one: mid_lo and mid_hi are the ends of its range less its zero
// point, mid_scale is its scale / y's. Scales and offsets are finite.
#include <cstddef>
#include <cstdint>

namespace vernier {

enum class QOut : std::uint8_t { u8, s8, f32 };

struct QEpilogue {
  QOut out;
  std::int32_t zero;    // y's zero point
  std::int32_t lo, hi;  // within the range of y's type, lo <= hi
  float lo_f32, hi_f32;
  bool mid;
  std::int32_t mid_lo, mid_hi;
  float mid_scale;
  bool residual_signed;        // s8, else u8
  std::int32_t residual_zero;  // of the residual
  float residual_scale;        // the residual's scale / y's (f32 out: its scale)
  const std::uint8_t* table;   // 256 entries indexed by y's byte, or null; not for f32
};

// An epilogue that only rounds and saturates to the whole range of u8 or s8, or writes floats as
// they are.
constexpr QEpilogue q_epilogue(QOut out, std::int32_t zero = 0) {
  return {out,
          zero,
          out == QOut::s8 ? -128 : 0,
          out == QOut::s8 ? 127 : 255,
          -__builtin_inff(),
          __builtin_inff(),
          false,
          0,
          0,
          0.0F,
          false,
          0,
          0.0F,
          nullptr};
}

// What belongs to the output channels (columns) and is packed beside the weights. A `_step` is 1,
// or 0 where one value serves all channels.
struct QChannels {
  const float* scale;  // s_x * s_w[c] / s_y (f32 out: s_x * s_w[c])
  ptrdiff_t scale_step;
  const float* offset;              // fp32 bias[c] / s_y (f32 out: bias[c]), or null for 0
  const std::int32_t* bias;         // int32 bias with scale s_x * s_w[c], or null for 0
  const std::int32_t* weight_zero;  // in the weights' own type, or null for the plan's default
  ptrdiff_t weight_zero_step;
};

}  // namespace vernier
