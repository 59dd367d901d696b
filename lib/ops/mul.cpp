#include "ops/mul.h"

#include "ops/binary.h"

namespace vernier {
namespace {

double mul(double a, double b, const OpParams&) { return a * b; }
template <class T>
T mul_int(T a, T b, const OpParams&) {
  return wrapping_mul(a, b);
}
Result<void> infer(InferContext& context) { return infer_binary(context, kNumbers, mul_dims); }
Result<void> reference(EvalContext& context) {
  return eval_binary(context, kBinaryRows<mul, mul_int<std::int64_t>, mul_int<std::uint64_t>>);
}

}  // namespace

const OpDef mul_op = binary_op("Mul", 14, true, infer, reference);

}  // namespace vernier
