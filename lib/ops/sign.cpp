#include "ops/sign.h"

#include "ops/unary.h"

namespace vernier {
namespace {

double sign_real(double x, const OpParams&) {
  if (x > 0.0) return 1.0;
  return x < 0.0 ? -1.0 : (x == 0.0 ? 0.0 : x);
}
std::int64_t sign_signed(std::int64_t x, const OpParams&) { return x > 0 ? 1 : (x < 0 ? -1 : 0); }
std::uint64_t sign_unsigned(std::uint64_t x, const OpParams&) { return x > 0 ? 1 : 0; }
Result<void> reference(EvalContext& context) {
  return map_unary(context, {unary_row<double, sign_real>, unary_row<std::int64_t, sign_signed>,
                             unary_row<std::uint64_t, sign_unsigned>});
}

}  // namespace

const OpDef sign_op = {.domain = "",
                       .name = "Sign",
                       .since_version = 13,
                       .traits = {.elementwise = true},
                       .parse = parse_no_attributes,
                       .infer = infer_unary<kNumbers>,
                       .reference = reference};

}  // namespace vernier
