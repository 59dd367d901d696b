#include "ops/reduce_mean.h"

#include "ops/binary.h"
#include "ops/reduce.h"

namespace vernier {
namespace {

double add(double a, double x) { return a + x; }
double mean(double sum, std::int64_t count, double) { return sum / static_cast<double>(count); }
template <class T>
T add_int(T a, T x) {
  return wrapping_add(a, x);
}
template <class T>
T mean_int(T sum, std::int64_t count, T) {
  return count == 0 ? T{0} : sum / static_cast<T>(count);
}
template <class T>
constexpr Fold<T> kIntFold = {fold_zero<T>, fold_each<T, add_int<T>>, mean_int<T>};
Result<void> reference(EvalContext& context) {
  return eval_reduce(context, {.real = {fold_zero<double>, fold_each<double, add>, mean},
                               .signed_int = kIntFold<std::int64_t>,
                               .unsigned_int = kIntFold<std::uint64_t>});
}

}  // namespace

const OpDef reduce_mean_op = reduce_op("ReduceMean", reference);

}  // namespace vernier
