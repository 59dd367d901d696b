#include "ops/softmax_family.h"

#include <memory>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {

Result<Params> parse_softmax(AttrReader& attributes, int) {
  auto params = std::make_shared<SoftmaxParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", -1));
  return Params(std::move(params));
}

Result<void> infer_softmax(InferContext& context) {
  VERNIER_TRY(infer_same_float(context));
  const ValueType& x = context.input(0);
  if (!x.ranked) return {};
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<SoftmaxParams>(context).axis, x.rank()));
  static_cast<void>(axis);
  return {};
}

Result<void> reference_over_axis(EvalContext& context, LineFunction line) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<SoftmaxParams>(context).axis, x.rank()));
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(x, values));
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < x.rank(); ++i) inner *= x.shape[i];
  const std::int64_t length = x.shape[axis];
  const std::int64_t outer = count == 0 ? 0 : count / (inner * length);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) line(values + o * length * inner + i, length, inner);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace vernier
