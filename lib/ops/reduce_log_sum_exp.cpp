#include "ops/reduce_log_sum_exp.h"

#include <cmath>

#include "ops/reduce.h"

namespace vernier {
namespace {

double add_exp(double a, const double* row, std::int64_t count, double shift) {
  for (std::int64_t i = 0; i < count; ++i) a += std::exp(row[i] - shift);
  return a;
}
double log_of(double sum, std::int64_t, double shift) { return std::log(sum) + shift; }
Result<void> reference(EvalContext& context) {
  return eval_reduce(context, {.real = {fold_zero<double>, add_exp, log_of}, .shift_by_max = true});
}

}  // namespace

const OpDef reduce_log_sum_exp_op = reduce_op("ReduceLogSumExp", reference);

}  // namespace vernier
