#include "ops/neg.h"

#include "ops/binary.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double neg_real(double x, const OpParams&) { return -x; }
std::int64_t neg_signed(std::int64_t x, const OpParams&) {
  return wrapping_sub<std::int64_t>(0, x);
}
Result<void> reference(EvalContext& context) {
  return map_unary(context, {.real = unary_row<double, neg_real>,
                             .signed_int = unary_row<std::int64_t, neg_signed>});
}

}  // namespace

const OpDef neg_op = {.domain = "",
                      .name = "Neg",
                      .since_version = 13,
                      .traits = {.elementwise = true},
                      .parse = parse_no_attributes,
                      .infer = infer_unary<kFloats | kSignedInts>,
                      .reference = reference};

}  // namespace vernier
