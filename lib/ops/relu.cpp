#include "ops/relu.h"

#include "ops/unary.h"

namespace vernier {
namespace {

double relu_real(double x, const OpParams&) { return x < 0.0 ? 0.0 : x; }
std::int64_t relu_signed(std::int64_t x, const OpParams&) { return x < 0 ? 0 : x; }
Result<void> reference(EvalContext& context) {
  return map_unary(context, {.real = unary_row<double, relu_real>,
                             .signed_int = unary_row<std::int64_t, relu_signed>});
}

}  // namespace

const OpDef relu_op = {.domain = "",
                       .name = "Relu",
                       .since_version = 14,
                       .traits = {.elementwise = true},
                       .parse = parse_no_attributes,
                       .infer = infer_unary<kFloats | kSignedInts>,
                       .reference = reference};

}  // namespace vernier
