#include "ops/fused_conv.h"

#include <memory>

#include "ops/dense.h"
#include "ops/fused_activation.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<FusedConvParams>();
  VERNIER_TRY(parse_conv(attributes, *params));
  VERNIER_ASSIGN(params->activation, parse_activation(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(conv_op.infer(context));
  const ValueType& x = context.input(0);
  VERNIER_ASSIGN(const ValueType y,
                 infer_conv_type(params_as<ConvParams>(context), x, context.input(1)));
  return check_residual(context, 3, y);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<FusedConvParams>(context);
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const ResolvedConv conv, resolve_conv(params, x.shape, context.input(1).shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(const double* ws, dense_doubles(context, context.input(1)));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(conv.output)));
  conv_doubles(conv, xs, ws, ys);
  if (context.has_input(2)) {
    VERNIER_TRY(add_channel_bias(context, context.input(2), conv.output, ys));
  }
  VERNIER_TRY(add_residual_and_activate(context, 3, params.activation, conv.output, ys));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, conv.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef fused_conv_op{
    .domain = "vernier",
    .name = "FusedConv",
    .since_version = 1,
    .inputs = {2, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = conv_macs,
};

}  // namespace vernier
