#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

/// What vernier's own integer operators (domain "vernier": QConv, QMatMul, QAdd, QMul,
/// QAveragePool) share: how an exact 32-bit sum becomes an 8-bit number or a float. Real value =
/// scale * (integer - zero point), as in DequantizeLinear.
///
///   v = fma(float(sum), scale[c], offset[c])             one rounding, fp32
///   v = fma(float(r - residual_zero), residual_scale, v) if there is a residual r
///   y = v                                                dtype float32
///   y = clamp(round_half_even(v) + zero, low, high)      dtype uint8, int8
///   y = table[y]                                         if there is a table
///
/// For 8-bit outputs scale, offset and residual_scale are in units of the output's scale (or of the
/// scale in front of the table). The table is indexed by the byte, two's complement for int8.
struct QuantOut {
  DType dtype = DType::uint8;
  std::int32_t zero = 0;
  std::int32_t low = 0;
  std::int32_t high = 255;
};

/// Reads y_dtype (ONNX number of float, uint8 or int8; default uint8), y_zero, y_low, y_high
/// (default: the range of the dtype). Error E-MODEL-ATTR for what the dtype cannot hold.
Result<QuantOut> parse_quant_out(AttrReader& attributes);
/// An attribute that holds a zero point: an integer that fits uint8 or int8.
Result<std::int32_t> parse_zero_point(AttrReader& attributes, std::string_view name);
/// An attribute that holds a finite scale factor.
Result<float> parse_factor(AttrReader& attributes, std::string_view name, float fallback);

/// Parameters of the sums: QConv and QMatMul.
struct QuantSum {
  QuantOut out;
  std::int32_t residual_zero = 0;
  float residual_scale = 0.0F;
};
/// Reads parse_quant_out's attributes, residual_zero and residual_scale.
Result<QuantSum> parse_quant_sum(AttrReader& attributes);

/// The operands behind the factors, all optional but the scale: scale [1] or [channels] and offset
/// [channels] in float32, residual uint8, int8 or (with residual_zero 0) float32 of the output's
/// shape, table [256] uint8 or int8.
struct QuantSumInputs {
  std::size_t scale = 2;
  std::size_t offset = 3;
  std::size_t residual = 4;
  std::size_t table = 5;
};
/// Checks those operands and gives the output dtype. `channels` may be unknown.
Result<DType> infer_quant_sum(const InferContext& context, const QuantSum& sum,
                              const QuantSumInputs& at, const ValueType& output,
                              const Dim& channels);
/// Checks that input i is uint8 or int8.
Result<void> check_bytes(const InferContext& context, std::size_t i);
/// Checks an optional table operand; the dtype of the output given that in front of it.
Result<DType> infer_table(const InferContext& context, std::size_t table, DType before);

/// One element without residual and table. `v` in units of the output's scale.
float quantize_to(float v, const QuantOut& out) noexcept;
/// Writes output 0: `sums` are exact integers, dense in `shape`; element i belongs to channel
/// i / inner % channels. Applies everything above.
Result<void> store_quant_sum(EvalContext& context, const QuantSum& sum, const QuantSumInputs& at,
                             const Shape& shape, std::int64_t channels, std::int64_t inner,
                             const double* sums);
/// Writes output 0 from dense elements that quantize_to() gave; `table` is the optional operand.
Result<void> store_quantized(EvalContext& context, const QuantOut& out, std::size_t table,
                             const Shape& shape, double* values);
/// Input i as doubles minus `zero`, dense.
Result<double*> centered(EvalContext& context, std::size_t i, std::int32_t zero);

}  // namespace vernier
