#include "ops/add.h"

#include "ops/binary.h"

namespace vernier {
namespace {

double add(double a, double b, const OpParams&) { return a + b; }
template <class T>
T add_int(T a, T b, const OpParams&) {
  return wrapping_add(a, b);
}
Result<void> infer(InferContext& context) { return infer_binary(context, kNumbers, add_dims); }
Result<void> reference(EvalContext& context) {
  return eval_binary(context, kBinaryRows<add, add_int<std::int64_t>, add_int<std::uint64_t>>);
}

}  // namespace

const OpDef add_op = binary_op("Add", 14, true, infer, reference);

}  // namespace vernier
