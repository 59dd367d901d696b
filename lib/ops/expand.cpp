#include "ops/expand.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const ValueType& x = context.input(0);
  const auto target = int_elements(context, 1);
  if (const auto exact = constant_ints(context, 1)) {
    for (const std::int64_t dim : *exact) {
      if (dim < 0) return shape_error("the target shape has a negative dim");
    }
  }
  if (!x.ranked || !target) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  VERNIER_ASSIGN(auto dims, broadcast_dim_lists(x.dims, *target));
  const bool list = dims.size() <= 1 && contains(kIndexInts, x.dtype);
  const Dim count = dims.empty() ? Dim::known(1) : dims[0];
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  if (const auto elements = context.known_ints(0); elements && list && count.is_known()) {
    if (elements->size() == static_cast<std::size_t>(count.value)) {
      state_ints(context, *elements);
    } else if (elements->size() == 1 && count.value <= 1024) {
      state_ints(context, std::vector<Dim>(static_cast<std::size_t>(count.value), (*elements)[0]));
    }
  }
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const Shape target, read_ints(context.input(1)));
  for (const std::int64_t dim : target) {
    if (dim < 0) return data_shape_error("the target shape has a negative dim");
  }
  VERNIER_ASSIGN(const Shape shape, broadcast_shapes(x.shape, target));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  copy_elements({x.data, x.dtype, shape, broadcast_strides(x.shape, x.strides, shape)}, y);
  return {};
}

}  // namespace

const OpDef expand_op = {.domain = "",
                         .name = "Expand",
                         .since_version = 13,
                         .inputs = {2, 2},
                         .parse = parse_no_attributes,
                         .infer = infer,
                         .reference = reference};

}  // namespace vernier
