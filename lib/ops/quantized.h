#pragma once

#include <cstdint>
#include <string_view>

#include "graph/op_def.h"

namespace vernier {

/// What vernier's own integer operators (domain "vernier": QConv, QMatMul, QAdd, QMul,
/// QAveragePool) share: how an exact sum becomes an 8-bit number or a float. A real value is
/// scale * (integer - zero point), as in DequantizeLinear. All float steps are fp32, each rounded
/// once, half to even; fma rounds once. In this order:
///
///   t = fma(float(sum), scale[c], offset[c])             sum is int32, modulo 2^32
///   t = clamp(round_half_even(t), mid_low, mid_high) * mid_scale         where there is a mid
///   t = fma(float(r - residual_zero), residual_scale, t)                 where there is a residual
///   y = min(y_max, max(y_min, t))                                        dtype float32
///   y = clamp(round_half_even(t) + y_zero, y_low, y_high)                dtype uint8, int8
///   y = table[y]                                                         where there is a table
///
/// For 8-bit outputs scale, offset, mid_scale and residual_scale are in units of the scale of y in
/// front of the table (scale and offset in units of the mid's scale where there is one). The mid is
/// the quantization of the sum alone, in a model that quantizes it before it adds the residual. The
/// table is indexed by the byte, two's complement for int8.
struct QuantOut {
  DType dtype = DType::uint8;
  std::int32_t zero = 0;
  std::int32_t low = 0;
  std::int32_t high = 255;
  float min = 0.0F;  ///< float32 only
  float max = 0.0F;
};

/// Reads y_dtype (ONNX number of float, uint8 or int8; default uint8), y_zero, y_low, y_high
/// (default: the range of the dtype), y_min and y_max (default: infinite). Error E-MODEL-ATTR for
/// what the dtype cannot hold.
Result<QuantOut> parse_quant_out(AttrReader& attributes);
/// An attribute that holds a zero point: an integer that fits uint8 or int8.
Result<std::int32_t> parse_zero_point(AttrReader& attributes, std::string_view name);
/// An attribute that holds a finite scale factor.
Result<float> parse_factor(AttrReader& attributes, std::string_view name, float fallback);

/// Behind the sums of products of QConv and QMatMul.
struct QuantSum {
  std::int32_t x_zero = 0;
  QuantOut out;
  bool mid = false;
  std::int32_t mid_low = 0;  ///< less the zero point
  std::int32_t mid_high = 0;
  float mid_scale = 1.0F;
  std::int32_t residual_zero = 0;
  float residual_scale = 0.0F;
};
/// Reads parse_quant_out's attributes, x_zero, mid (0 or 1), mid_low, mid_high, mid_scale,
/// residual_zero and residual_scale.
Result<QuantSum> parse_quant_sum(AttrReader& attributes);

/// Operands of QConv and QMatMul. `channels` are those of the output; the optional ones are marked.
enum QuantSumInput : std::size_t {
  kQuantX = 0,         ///< uint8, int8
  kQuantW = 1,         ///< uint8, int8
  kQuantScale = 2,     ///< float32 [1] or [channels]
  kQuantWZero = 3,     ///< optional int32 [1] or [channels]; absent: 0 for int8, 128 for uint8
  kQuantBias = 4,      ///< optional int32 [channels], part of the sum
  kQuantOffset = 5,    ///< optional float32 [channels]
  kQuantResidual = 6,  ///< optional uint8, int8 in the output's shape
  kQuantTable = 7,     ///< optional uint8, int8 [256]
};
/// Checks the operands and gives the output dtype. `channels` may be unknown.
Result<DType> infer_quant_sum(const InferContext& context, const QuantSum& sum,
                              const ValueType& output, const Dim& channels);
/// Checks that input i is uint8 or int8.
Result<void> check_bytes(const InferContext& context, std::size_t i);
/// Checks an optional table operand; the dtype of the output given that in front of it.
Result<DType> infer_table(const InferContext& context, std::size_t table, DType before);

/// One element without table.
float quantize_to(float t, const QuantOut& out) noexcept;
/// W minus its zero points, dense; channel of element i: i / inner % channels.
Result<double*> centered_weight(EvalContext& context, std::int64_t channels, std::int64_t inner);
/// Writes output 0: `sums` are exact sums without bias, dense in `shape`; element i belongs to
/// channel i / inner % channels. Applies everything above.
Result<void> store_quant_sum(EvalContext& context, const QuantSum& sum, const Shape& shape,
                             std::int64_t channels, std::int64_t inner, const double* sums);
/// Writes output 0 from dense elements that quantize_to() gave; `table` is the optional operand.
Result<void> store_quantized(EvalContext& context, const QuantOut& out, std::size_t table,
                             const Shape& shape, double* values);
/// Input i as doubles minus `zero`, dense.
Result<double*> centered(EvalContext& context, std::size_t i, std::int32_t zero);

}  // namespace vernier
