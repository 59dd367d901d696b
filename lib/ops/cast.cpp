#include "ops/cast.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<CastParams>();
  if (!attributes.has("to")) return attr_error("to is missing");
  VERNIER_ASSIGN(params->to, attributes.get_dtype("to", DType::float32));
  VERNIER_ASSIGN(params->options, parse_cast_options(attributes));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAnyDType));
  ValueType type = context.input(0);
  type.dtype = params_as<CastParams>(context).to;
  const bool list = contains(kIndexInts, type.dtype);
  context.set_output(0, std::move(type));
  if (auto elements = context.known_ints(0); elements && list) {
    state_ints(context, std::move(*elements));
  }
  return {};
}
Result<void> reference(EvalContext& context) {
  const auto& params = params_as<CastParams>(context);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, params.to, context.input(0).shape));
  return cast_elements(context.input(0), y, params.options);
}

}  // namespace

Result<CastOptions> parse_cast_options(AttrReader& attributes) {
  CastOptions options;
  VERNIER_ASSIGN(options.saturate, attributes.get_bool("saturate", true));
  VERNIER_ASSIGN(const std::string mode, attributes.get_string("round_mode", "up"));
  if (mode == "up") {
    options.rounding = CastOptions::Rounding::up;
  } else if (mode == "down") {
    options.rounding = CastOptions::Rounding::down;
  } else if (mode == "nearest") {
    options.rounding = CastOptions::Rounding::nearest;
  } else {
    return attr_error("round_mode must be up, down or nearest");
  }
  return options;
}

const OpDef cast_op = {.domain = "",
                       .name = "Cast",
                       .since_version = 13,
                       .traits = {.elementwise = true},
                       .parse = parse,
                       .infer = infer,
                       .reference = reference};

}  // namespace vernier
