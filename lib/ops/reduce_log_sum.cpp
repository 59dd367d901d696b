#include "ops/reduce_log_sum.h"

#include <cmath>

#include "ops/reduce.h"

namespace vernier {
namespace {

double add(double a, double x) { return a + x; }
double log_of(double sum, std::int64_t, double) { return std::log(sum); }
Result<void> reference(EvalContext& context) {
  return eval_reduce(context, {.real = {fold_zero<double>, fold_each<double, add>, log_of}});
}

}  // namespace

const OpDef reduce_log_sum_op = reduce_op("ReduceLogSum", reference);

}  // namespace vernier
