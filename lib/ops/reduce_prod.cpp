#include "ops/reduce_prod.h"

#include "ops/binary.h"
#include "ops/reduce.h"

namespace vernier {
namespace {

double mul(double a, double x) { return a * x; }
template <class T>
T mul_int(T a, T x) {
  return wrapping_mul(a, x);
}
template <class T>
constexpr Fold<T> kIntFold = {fold_one<T>, fold_each<T, mul_int<T>>, fold_keep<T>};
Result<void> reference(EvalContext& context) {
  return eval_reduce(context,
                     {.real = {fold_one<double>, fold_each<double, mul>, fold_keep<double>},
                      .signed_int = kIntFold<std::int64_t>,
                      .unsigned_int = kIntFold<std::uint64_t>});
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(infer_reduce(context, kReduceDTypes));
  const auto elements = context.known_ints(0);
  if (!elements || context.input(0).rank() > 1 || context.has_input(1)) return {};
  Dim product = Dim::known(1);
  for (const Dim& element : *elements) product = mul_dims(product, element);
  if (!params_as<ReduceParams>(context).noop_with_empty_axes) state_ints(context, {product});
  return {};
}

}  // namespace

const OpDef reduce_prod_op = reduce_op("ReduceProd", reference, infer);

}  // namespace vernier
