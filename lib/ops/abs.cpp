#include "ops/abs.h"

#include <cmath>

#include "ops/binary.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double abs_real(double x, const OpParams&) { return std::fabs(x); }
std::int64_t abs_signed(std::int64_t x, const OpParams&) {
  return x < 0 ? wrapping_sub<std::int64_t>(0, x) : x;
}
std::uint64_t abs_unsigned(std::uint64_t x, const OpParams&) { return x; }
Result<void> reference(EvalContext& context) {
  return map_unary(context, {unary_row<double, abs_real>, unary_row<std::int64_t, abs_signed>,
                             unary_row<std::uint64_t, abs_unsigned>});
}

}  // namespace

const OpDef abs_op = {.domain = "",
                      .name = "Abs",
                      .since_version = 13,
                      .traits = {.elementwise = true},
                      .parse = parse_no_attributes,
                      .infer = infer_unary<kNumbers>,
                      .reference = reference};

}  // namespace vernier
