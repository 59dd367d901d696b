#include "ops/mean.h"

#include <span>

#include "ops/binary.h"
#include "ops/rows.h"

namespace vernier {
namespace {

double add(double a, double b, const OpParams&) { return a + b; }
Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(const MutTensorView z, eval_variadic(context, {.real = binary_row<double, add>}));
  const auto count = static_cast<double>(context.input_count());
  std::array<double, kRowLength> row;
  for_each_row<1>(z.shape, {z.strides}, [&](const auto& at, const auto& stride, std::int64_t n) {
    load_row(z.dtype, element_ptr(z, at[0]), stride[0], n, row.data());
    for (double& value : std::span(row).first(static_cast<std::size_t>(n))) value /= count;
    store_row(z.dtype, element_ptr(z, at[0]), stride[0], n, row.data());
  });
  return {};
}

}  // namespace

const OpDef mean_op = variadic_op("Mean", 13, infer_variadic_of<kFloats>, reference);

}  // namespace vernier
