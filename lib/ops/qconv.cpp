#include "ops/qconv.h"

#include <algorithm>
#include <memory>

#include "ops/dense.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QConvParams>();
  VERNIER_TRY(parse_conv(attributes, *params));
  VERNIER_ASSIGN(params->sum, parse_quant_sum(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<QConvParams>(context);
  VERNIER_ASSIGN(ValueType y,
                 infer_conv_type(params, context.input(kQuantX), context.input(kQuantW)));
  const Dim channels = y.ranked ? y.dims[1] : Dim::unknown();
  VERNIER_ASSIGN(y.dtype, infer_quant_sum(context, params.sum, y, channels));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QConvParams>(context);
  const TensorView& weight = context.input(kQuantW);
  VERNIER_ASSIGN(const ResolvedConv conv,
                 resolve_conv(params, context.input(kQuantX).shape, weight.shape));
  const std::int64_t channels = std::max(conv.out_channels, std::int64_t{1});
  const std::int64_t per_channel = std::max(weight.element_count() / channels, std::int64_t{1});
  VERNIER_ASSIGN(const double* x, centered(context, kQuantX, params.sum.x_zero));
  VERNIER_ASSIGN(const double* w, centered_weight(context, channels, per_channel));
  const std::int64_t count = element_count(conv.output);
  VERNIER_ASSIGN(double* sums, scratch_array<double>(context, count));
  conv_doubles(conv, x, w, sums);
  const std::int64_t planes = std::max(conv.batch * channels, std::int64_t{1});
  return store_quant_sum(context, params.sum, conv.output, channels,
                         std::max(count / planes, std::int64_t{1}), sums);
}

}  // namespace

const OpDef qconv_op{
    .domain = "vernier",
    .name = "QConv",
    .since_version = 1,
    .inputs = {3, 8},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = conv_macs,
};

}  // namespace vernier
