#include "ops/reduce_l2.h"

#include <cmath>

#include "ops/reduce.h"

namespace vernier {
namespace {

double add_square(double a, double x) { return a + x * x; }
double root(double sum, std::int64_t, double) { return std::sqrt(sum); }
Result<void> reference(EvalContext& context) {
  return eval_reduce(context, {.real = {fold_zero<double>, fold_each<double, add_square>, root}});
}

}  // namespace

const OpDef reduce_l2_op = reduce_op("ReduceL2", reference);

}  // namespace vernier
