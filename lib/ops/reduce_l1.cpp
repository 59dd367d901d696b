#include "ops/reduce_l1.h"

#include <cmath>

#include "ops/binary.h"
#include "ops/reduce.h"

namespace vernier {
namespace {

double add_abs(double a, double x) { return a + std::fabs(x); }
template <class T>
T add_abs_int(T a, T x) {
  return x < T{0} ? wrapping_sub(a, x) : wrapping_add(a, x);
}
template <class T>
constexpr Fold<T> kIntFold = {fold_zero<T>, fold_each<T, add_abs_int<T>>, fold_keep<T>};
Result<void> reference(EvalContext& context) {
  return eval_reduce(context,
                     {.real = {fold_zero<double>, fold_each<double, add_abs>, fold_keep<double>},
                      .signed_int = kIntFold<std::int64_t>,
                      .unsigned_int = kIntFold<std::uint64_t>});
}

}  // namespace

const OpDef reduce_l1_op = reduce_op("ReduceL1", reference);

}  // namespace vernier
