#include "ops/qmul.h"

#include <memory>

#include "ops/quantized_binary.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QMulParams>();
  VERNIER_ASSIGN(params->a_zero, parse_zero_point(attributes, "a_zero"));
  VERNIER_ASSIGN(params->b_zero, parse_zero_point(attributes, "b_zero"));
  VERNIER_ASSIGN(params->scale, parse_factor(attributes, "scale", 1.0F));
  VERNIER_ASSIGN(params->out, parse_quant_out(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  return infer_quantized_binary(context, params_as<QMulParams>(context).out);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QMulParams>(context);
  return eval_quantized_binary(context, params.a_zero, params.b_zero, params.out,
                               [&](float a, float b) { return a * b * params.scale; });
}

}  // namespace

const OpDef qmul_op{
    .domain = "vernier",
    .name = "QMul",
    .since_version = 1,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
