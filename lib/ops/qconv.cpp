#include "ops/qconv.h"

#include <algorithm>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr QuantSumInputs kInputs{};

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QConvParams>();
  VERNIER_TRY(parse_conv(attributes, *params));
  VERNIER_ASSIGN(params->x_zero, parse_zero_point(attributes, "x_zero"));
  VERNIER_ASSIGN(params->sum, parse_quant_sum(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<QConvParams>(context);
  VERNIER_TRY(check_bytes(context, 0));
  VERNIER_TRY(check_dtype(context, 1, dtype_set(DType::int8)));
  VERNIER_ASSIGN(ValueType y, infer_conv_type(params, context.input(0), context.input(1)));
  const Dim channels = y.ranked ? y.dims[1] : Dim::unknown();
  VERNIER_ASSIGN(y.dtype, infer_quant_sum(context, params.sum, kInputs, y, channels));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QConvParams>(context);
  VERNIER_ASSIGN(const ResolvedConv conv,
                 resolve_conv(params, context.input(0).shape, context.input(1).shape));
  VERNIER_ASSIGN(const double* x, centered(context, 0, params.x_zero));
  VERNIER_ASSIGN(const double* w, dense_doubles(context, context.input(1)));
  const std::int64_t count = element_count(conv.output);
  VERNIER_ASSIGN(double* sums, scratch_array<double>(context, count));
  conv_doubles(conv, x, w, sums);
  const std::int64_t planes = std::max(conv.batch * conv.out_channels, std::int64_t{1});
  return store_quant_sum(context, params.sum, kInputs, conv.output, conv.out_channels,
                         std::max(count / planes, std::int64_t{1}), sums);
}

}  // namespace

const OpDef qconv_op{
    .domain = "vernier",
    .name = "QConv",
    .since_version = 1,
    .inputs = {3, 6},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = conv_macs,
};

}  // namespace vernier
