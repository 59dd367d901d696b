#include "ops/reduce_sum.h"

#include "ops/binary.h"
#include "ops/reduce.h"

namespace vernier {
namespace {

double add(double a, double x) { return a + x; }
template <class T>
T add_int(T a, T x) {
  return wrapping_add(a, x);
}
template <class T>
constexpr Fold<T> kIntFold = {fold_zero<T>, fold_each<T, add_int<T>>, fold_keep<T>};
Result<void> reference(EvalContext& context) {
  return eval_reduce(context,
                     {.real = {fold_zero<double>, fold_each<double, add>, fold_keep<double>},
                      .signed_int = kIntFold<std::int64_t>,
                      .unsigned_int = kIntFold<std::uint64_t>});
}
Result<void> infer(InferContext& context) { return infer_reduce(context, kReduceDTypes); }

}  // namespace

const OpDef reduce_sum_op = reduce_op("ReduceSum", reference, infer);

}  // namespace vernier
