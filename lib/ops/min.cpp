#include "ops/min.h"

#include <algorithm>
#include <cmath>

#include "ops/binary.h"

namespace vernier {
namespace {

double lesser(double a, double b, const OpParams&) {
  if (std::isnan(a)) return a;
  return std::isnan(b) || b < a ? b : a;
}
template <class T>
T lesser_int(T a, T b, const OpParams&) {
  return std::min(a, b);
}
Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(
      auto z,
      eval_variadic(context,
                    kBinaryRows<lesser, lesser_int<std::int64_t>, lesser_int<std::uint64_t>>));
  static_cast<void>(z);
  return {};
}

}  // namespace

const OpDef min_op = variadic_op("Min", 13, infer_variadic_of<kNumbers>, reference);

}  // namespace vernier
