#include "ops/reduce_sum_square.h"

#include "ops/binary.h"
#include "ops/reduce.h"

namespace vernier {
namespace {

double add_square(double a, double x) { return a + x * x; }
template <class T>
T add_square_int(T a, T x) {
  return wrapping_add(a, wrapping_mul(x, x));
}
template <class T>
constexpr Fold<T> kIntFold = {fold_zero<T>, fold_each<T, add_square_int<T>>, fold_keep<T>};
Result<void> reference(EvalContext& context) {
  return eval_reduce(context,
                     {.real = {fold_zero<double>, fold_each<double, add_square>, fold_keep<double>},
                      .signed_int = kIntFold<std::int64_t>,
                      .unsigned_int = kIntFold<std::uint64_t>});
}

}  // namespace

const OpDef reduce_sum_square_op = reduce_op("ReduceSumSquare", reference);

}  // namespace vernier
