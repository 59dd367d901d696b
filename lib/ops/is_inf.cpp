#include "ops/is_inf.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double is_inf(double x, const OpParams& params) {
  const auto& p = static_cast<const IsInfParams&>(params);
  if (!std::isinf(x)) return 0.0;
  return (x < 0.0 ? p.detect_negative : p.detect_positive) ? 1.0 : 0.0;
}
constexpr DTypeSet kAllowed = kFloats | dtype_set(DType::float8e4m3fn, DType::float8e4m3fnuz,
                                                  DType::float8e5m2, DType::float8e5m2fnuz);
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<IsInfParams>();
  VERNIER_ASSIGN(params->detect_negative, attributes.get_bool("detect_negative", true));
  VERNIER_ASSIGN(params->detect_positive, attributes.get_bool("detect_positive", true));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAllowed));
  ValueType type = context.input(0);
  type.dtype = DType::boolean;
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  return map_unary(context, {.real = unary_row<double, is_inf>}, DType::boolean);
}

}  // namespace

const OpDef is_inf_op = {.domain = "",
                         .name = "IsInf",
                         .since_version = 20,
                         .traits = {.elementwise = true},
                         .parse = parse,
                         .infer = infer,
                         .reference = reference};

}  // namespace vernier
