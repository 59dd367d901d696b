#include "ops/sum.h"

#include "ops/binary.h"

namespace vernier {
namespace {

double add(double a, double b, const OpParams&) { return a + b; }
Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(auto z, eval_variadic(context, {.real = binary_row<double, add>}));
  static_cast<void>(z);
  return {};
}

}  // namespace

const OpDef sum_op = variadic_op("Sum", 13, infer_variadic_of<kFloats>, reference);

}  // namespace vernier
