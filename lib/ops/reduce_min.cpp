#include "ops/reduce_min.h"

#include <cmath>
#include <limits>

#include "ops/reduce.h"

namespace vernier {
namespace {

double pick(double a, double x) {
  if (std::isnan(a)) return a;
  return std::isnan(x) || x < a ? x : a;
}
template <class T>
T pick_int(T a, T x) {
  return x < a ? x : a;
}
double start(DType) { return std::numeric_limits<double>::infinity(); }
std::int64_t start_signed(DType dtype) {
  return std::numeric_limits<std::int64_t>::max() >> (64 - dtype_bits(dtype));
}
std::uint64_t start_unsigned(DType dtype) {
  return std::numeric_limits<std::uint64_t>::max() >> (64 - dtype_bits(dtype));
}
Result<void> reference(EvalContext& context) {
  return eval_reduce(
      context, {.real = {start, fold_each<double, pick>, fold_keep<double>},
                .signed_int = {start_signed, fold_each<std::int64_t, pick_int<std::int64_t>>,
                               fold_keep<std::int64_t>},
                .unsigned_int = {start_unsigned, fold_each<std::uint64_t, pick_int<std::uint64_t>>,
                                 fold_keep<std::uint64_t>}});
}
constexpr DTypeSet kAllowed = kReduceDTypes | kBool | dtype_set(DType::int8, DType::uint8);

}  // namespace

const OpDef reduce_min_op = reduce_op("ReduceMin", reference, infer_reduce_of<kAllowed>);

}  // namespace vernier
