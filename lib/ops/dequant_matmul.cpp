#include "ops/dequant_matmul.h"

#include <limits>
#include <memory>

#include "ops/dense.h"
#include "ops/fused_activation.h"
#include "ops/matmul.h"
#include "ops/quantization.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

constexpr std::size_t kScale = 2;
constexpr std::size_t kZero = 3;
constexpr std::size_t kBias = 4;
constexpr std::size_t kResidual = 5;
constexpr DTypeSet kCodes = dtype_set(DType::uint8, DType::int8, DType::uint4, DType::int4);

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<DequantMatMulParams>();
  VERNIER_ASSIGN(params->block_size,
                 attributes.get_int_in("block_size", 0, 0, std::numeric_limits<int>::max()));
  VERNIER_ASSIGN(params->trans_b, attributes.get_bool("trans_b", false));
  VERNIER_ASSIGN(params->activation, parse_activation(attributes));
  return Params(std::move(params));
}

/// The axis of W that the scales run along: K for blocks, N otherwise.
std::int64_t scale_axis(const DequantMatMulParams& params) {
  return (params.block_size != 0) != params.trans_b ? 0 : 1;
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<DequantMatMulParams>(context);
  const ValueType& a = context.input(0);
  ValueType w = context.input(1);
  VERNIER_TRY(check_float(a, "left operand"));
  VERNIER_TRY(check_dtype(context, 1, kCodes));
  VERNIER_TRY(check_rank(context, 1, 2));
  VERNIER_TRY(check_same_dtype(a, "left operand", context.input(kScale), "scale"));
  if (context.has_input(kZero)) VERNIER_TRY(check_same_dtype(context, 1, kZero));
  const auto w_shape = w.shape();
  const auto scale_shape = context.input(kScale).shape();
  if (w_shape && scale_shape) {
    VERNIER_TRY(
        resolve_quant_layout(*w_shape, *scale_shape, scale_axis(params), params.block_size));
  }
  if (w.ranked && params.trans_b) std::swap(w.dims[0], w.dims[1]);
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(a, w));
  if (context.has_input(kBias)) {
    const ValueType& bias = context.input(kBias);
    VERNIER_TRY(check_same_dtype(a, "left operand", bias, "bias"));
    VERNIER_TRY(check_rank(bias, 1, 1, "bias"));
    if (y.ranked && !y.dims.empty()) VERNIER_TRY(check_dim(bias, 0, y.dims.back(), "bias"));
  }
  VERNIER_TRY(check_residual(context, kResidual, y));
  context.set_output(0, std::move(y));
  return {};
}

/// W as real numbers, dense [K, N].
Result<const double*> dequantized_weight(EvalContext& context, const DequantMatMulParams& params) {
  const TensorView& w = context.input(1);
  const TensorView& scale = context.input(kScale);
  VERNIER_ASSIGN(const QuantLayout layout,
                 resolve_quant_layout(w.shape, scale.shape, scale_axis(params), params.block_size));
  VERNIER_ASSIGN(const double* codes, dense_doubles(context, w));
  VERNIER_ASSIGN(const double* scales, dense_doubles(context, scale));
  const double* zeros = nullptr;
  if (context.has_input(kZero)) {
    VERNIER_TRY(check_zero_point_shape(scale, context.input(kZero)));
    VERNIER_ASSIGN(zeros, dense_doubles(context, context.input(kZero)));
  }
  const std::int64_t count = w.element_count();
  VERNIER_ASSIGN(double* real, scratch_array<double>(context, count));
  const std::int64_t columns = w.shape[1];
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = layout.scale_index(i);
    const double value = (codes[i] - (zeros == nullptr ? 0.0 : zeros[at])) * scales[at];
    real[params.trans_b ? i % columns * w.shape[0] + i / columns : i] = value;
  }
  return real;
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<DequantMatMulParams>(context);
  const TensorView& a = context.input(0);
  Shape matrix = context.input(1).shape;
  if (params.trans_b) std::swap(matrix[0], matrix[1]);
  VERNIER_ASSIGN(const ResolvedMatMul mm, resolve_matmul(a.shape, matrix));
  const std::int64_t count = element_count(mm.output);
  VERNIER_ASSIGN(const double* as, dense_doubles(context, a));
  VERNIER_ASSIGN(const double* ws, dequantized_weight(context, params));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  matmul_doubles(mm, as, ws, ys);
  if (context.has_input(kBias)) {
    VERNIER_TRY(add_row_bias(context, context.input(kBias), mm, ys));
  }
  VERNIER_TRY(add_residual_and_activate(context, kResidual, params.activation, mm.output, ys));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, a.dtype, mm.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef dequant_matmul_op{
    .domain = "vernier",
    .name = "DequantMatMul",
    .since_version = 1,
    .inputs = {3, 6},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
