#include "ops/div.h"

#include "ops/binary.h"

namespace vernier {
namespace {

double div(double a, double b, const OpParams&) { return a / b; }
std::int64_t div_signed(std::int64_t a, std::int64_t b, const OpParams&) {
  return b == -1 ? wrapping_sub<std::int64_t>(0, a) : a / b;
}
std::uint64_t div_unsigned(std::uint64_t a, std::uint64_t b, const OpParams&) { return a / b; }
Dim div_dims(const Dim& a, const Dim& b) {
  if (b.is_known() && b.value == 1) return a;
  if (!a.is_known() || !b.is_known() || b.value == 0) return Dim::unknown();
  return Dim::known(a.value / b.value);
}
Result<void> infer(InferContext& context) { return infer_binary(context, kNumbers, div_dims); }
Result<void> reference(EvalContext& context) {
  VERNIER_TRY(check_divisor(context.input(1)));
  return eval_binary(context, kBinaryRows<div, div_signed, div_unsigned>);
}

}  // namespace

const OpDef div_op = binary_op("Div", 14, false, infer, reference);

}  // namespace vernier
