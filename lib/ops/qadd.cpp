#include "ops/qadd.h"

#include <cmath>
#include <memory>

#include "ops/quantized_binary.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QAddParams>();
  VERNIER_ASSIGN(params->a_zero, parse_zero_point(attributes, "a_zero"));
  VERNIER_ASSIGN(params->b_zero, parse_zero_point(attributes, "b_zero"));
  VERNIER_ASSIGN(params->a_scale, parse_factor(attributes, "a_scale", 1.0F));
  VERNIER_ASSIGN(params->b_scale, parse_factor(attributes, "b_scale", 1.0F));
  VERNIER_ASSIGN(params->out, parse_quant_out(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  return infer_quantized_binary(context, params_as<QAddParams>(context).out);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QAddParams>(context);
  return eval_quantized_binary(
      context, params.a_zero, params.b_zero, params.out,
      [&](float a, float b) { return std::fma(a, params.a_scale, b * params.b_scale); });
}

}  // namespace

const OpDef qadd_op{
    .domain = "vernier",
    .name = "QAdd",
    .since_version = 1,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
