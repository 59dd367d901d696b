#include "ops/pow.h"

#include <cmath>

#include "ops/binary.h"

namespace vernier {
namespace {

double power(double a, double b, const OpParams&) { return std::pow(a, b); }
std::int64_t power_int(std::int64_t a, std::int64_t b, const OpParams&) {
  if (b < 0) {
    if (a == 1) return 1;
    if (a == -1) return b % 2 == 0 ? 1 : -1;
    return 0;
  }
  std::int64_t result = 1;
  for (; b > 0; b >>= 1) {
    if ((b & 1) != 0) result = wrapping_mul(result, a);
    a = wrapping_mul(a, a);
  }
  return result;
}
constexpr BinaryRows kRows = {.real = binary_row<double, power>,
                              .signed_int = binary_row<std::int64_t, power_int>};
constexpr DTypeSet kBases = kFloats | kIndexInts;
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kBases));
  VERNIER_TRY(check_dtype(context, 1, kNumbers));
  VERNIER_ASSIGN(ValueType type,
                 broadcast_types(context.input(0), context.input(1), context.input(0).dtype));
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& y = context.input(1);
  if (!contains(kBases, x.dtype)) return unsupported_dtype(x.dtype);
  VERNIER_ASSIGN(const Shape shape, broadcast_shapes(x.shape, y.shape));
  VERNIER_ASSIGN(const MutTensorView z, context.output(0, x.dtype, shape));
  const bool real = is_floating(x.dtype) || is_floating(y.dtype);
  return binary_into(x, y, z, real ? Lane::real : Lane::signed_int, kRows, context.params());
}

}  // namespace

const OpDef pow_op = binary_op("Pow", 15, false, infer, reference);

}  // namespace vernier
