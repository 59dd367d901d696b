#include "ops/cast_like.h"

#include "ops/cast.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<CastLikeParams>();
  VERNIER_ASSIGN(params->options, parse_cast_options(attributes));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAnyDType));
  VERNIER_TRY(check_dtype(context, 1, kAnyDType));
  ValueType type = context.input(0);
  type.dtype = context.input(1).dtype;
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, context.input(1).dtype, x.shape));
  return cast_elements(x, y, params_as<CastLikeParams>(context).options);
}

}  // namespace

const OpDef cast_like_op = {.domain = "",
                            .name = "CastLike",
                            .since_version = 15,
                            .inputs = {2, 2},
                            .parse = parse,
                            .infer = infer,
                            .reference = reference};

}  // namespace vernier
