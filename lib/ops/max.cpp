#include "ops/max.h"

#include <algorithm>
#include <cmath>

#include "ops/binary.h"

namespace vernier {
namespace {

double greater(double a, double b, const OpParams&) {
  if (std::isnan(a)) return a;
  return std::isnan(b) || b > a ? b : a;
}
template <class T>
T greater_int(T a, T b, const OpParams&) {
  return std::max(a, b);
}
Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(
      auto z,
      eval_variadic(context,
                    kBinaryRows<greater, greater_int<std::int64_t>, greater_int<std::uint64_t>>));
  static_cast<void>(z);
  return {};
}

}  // namespace

const OpDef max_op = variadic_op("Max", 13, infer_variadic_of<kNumbers>, reference);

}  // namespace vernier
