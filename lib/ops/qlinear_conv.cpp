#include "ops/qlinear_conv.h"

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/quantization.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr DTypeSet kBytes = dtype_set(DType::int8, DType::uint8);

Result<void> infer(InferContext& context) {
  for (const std::size_t i : {std::size_t{0}, std::size_t{3}}) {
    VERNIER_TRY(check_dtype(context, i, kBytes));
    VERNIER_TRY(check_same_dtype(context, i, i + 2));
  }
  for (const std::size_t i : {std::size_t{1}, std::size_t{4}, std::size_t{6}}) {
    VERNIER_TRY(check_dtype(context, i, dtype_set(DType::float32)));
  }
  VERNIER_TRY(check_dtype(context, 7, kBytes));
  VERNIER_ASSIGN(ValueType y, infer_conv_type(params_as<ConvParams>(context), context.input(0),
                                              context.input(3)));
  y.dtype = context.input(7).dtype;
  if (context.has_input(8)) {
    VERNIER_TRY(check_dtype(context, 8, dtype_set(DType::int32)));
    VERNIER_TRY(check_rank(context.input(8), 1, 1, "bias"));
    VERNIER_TRY(check_dim(context.input(8), 0, y.ranked ? y.dims[1] : Dim::unknown(), "bias"));
  }
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(
      const ResolvedConv conv,
      resolve_conv(params_as<ConvParams>(context), context.input(0).shape, context.input(3).shape));
  VERNIER_ASSIGN(const double* x, subtract_zero_point(context, 0, 2, false));
  VERNIER_ASSIGN(const double* w, subtract_channel_zero_point(context, 3, 5));
  VERNIER_ASSIGN(const double x_scale, scalar_double(context.input(1), "x_scale"));
  VERNIER_ASSIGN(const double y_scale, scalar_double(context.input(6), "y_scale"));
  VERNIER_ASSIGN(const double y_zero, scalar_double(context.input(7), "y_zero_point"));
  VERNIER_ASSIGN(const double* w_scale, dense_doubles(context, context.input(4)));
  const std::int64_t scales = context.input(4).element_count();
  if (scales != 1 && scales != conv.out_channels) {
    return shape_error("w_scale is " + describe(context.input(4)) + ", expected 1 or " +
                       std::to_string(conv.out_channels) + " elements");
  }
  const DType dtype = context.input(7).dtype;
  VERNIER_ASSIGN(const QuantRange range, quant_range(dtype));
  const std::int64_t count = element_count(conv.output);
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  conv_doubles(conv, x, w, ys);
  if (context.has_input(8)) {
    VERNIER_TRY(add_channel_bias(context, context.input(8), conv.output, ys));
  }
  const std::int64_t plane = count == 0 ? 1 : count / (conv.batch * conv.out_channels);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t channel = i / plane % conv.out_channels;
    const float factor = static_cast<float>(x_scale) *
                         static_cast<float>(w_scale[scales == 1 ? 0 : channel]) /
                         static_cast<float>(y_scale);
    ys[i] = quantize_value(static_cast<float>(ys[i]) * factor, y_zero, range);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, conv.output));
  return store_doubles(ys, y);
}

std::int64_t macs(const OpParams&, std::span<const Shape> inputs, std::span<const Shape> outputs) {
  std::int64_t per_output = 1;
  for (std::size_t i = 1; i < inputs[3].size(); ++i) {
    per_output = saturating_mul(per_output, inputs[3][i]);
  }
  return saturating_mul(element_count(outputs[0]), per_output);
}

}  // namespace

const OpDef qlinear_conv_op{
    .domain = "",
    .name = "QLinearConv",
    .since_version = 10,
    .inputs = {8, 9},
    .outputs = {1, 1},
    .traits = {},
    .parse = conv_op_parse,
    .infer = infer,
    .reference = reference,
    .macs = macs,
};

}  // namespace vernier
