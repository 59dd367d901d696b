#include "ops/shrink.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double shrink_value(double x, const OpParams& params) {
  const auto& p = static_cast<const ShrinkParams&>(params);
  const double bias = static_cast<double>(p.bias);
  const double limit = static_cast<double>(p.lambd);
  if (x < -limit) return x + bias;
  return x > limit ? x - bias : (x <= limit ? 0.0 : x);
}
template <class T>
T shrink_int(T x, const OpParams& params) {
  const double y = shrink_value(static_cast<double>(x), params);
  if (!(std::fabs(y) < 0x1p63)) return x;  // too large to be represented: no change
  return static_cast<T>(static_cast<std::int64_t>(y));
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ShrinkParams>();
  VERNIER_ASSIGN(params->bias, attributes.get_float("bias", params->bias));
  VERNIER_ASSIGN(params->lambd, attributes.get_float("lambd", params->lambd));
  return Params(std::move(params));
}
Result<void> reference(EvalContext& context) {
  return map_unary(
      context, {unary_row<double, shrink_value>, unary_row<std::int64_t, shrink_int<std::int64_t>>,
                unary_row<std::uint64_t, shrink_int<std::uint64_t>>});
}

}  // namespace

const OpDef shrink_op = {.domain = "",
                         .name = "Shrink",
                         .since_version = 9,
                         .traits = {.elementwise = true},
                         .parse = parse,
                         .infer = infer_unary<kNumbers>,
                         .reference = reference};

}  // namespace vernier
