#include "ops/sub.h"

#include "ops/binary.h"

namespace vernier {
namespace {

double sub(double a, double b, const OpParams&) { return a - b; }
template <class T>
T sub_int(T a, T b, const OpParams&) {
  return wrapping_sub(a, b);
}
Dim sub_dims(const Dim& a, const Dim& b) {
  if (b.is_known() && b.value == 0) return a;
  if (!a.is_known() || !b.is_known() || a.value < b.value) return Dim::unknown();
  return Dim::known(a.value - b.value);
}
Result<void> infer(InferContext& context) { return infer_binary(context, kNumbers, sub_dims); }
Result<void> reference(EvalContext& context) {
  return eval_binary(context, kBinaryRows<sub, sub_int<std::int64_t>, sub_int<std::uint64_t>>);
}

}  // namespace

const OpDef sub_op = binary_op("Sub", 14, false, infer, reference);

}  // namespace vernier
