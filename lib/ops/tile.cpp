#include "ops/tile.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const ValueType& x = context.input(0);
  if (!x.ranked) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  ValueType type = x;
  const auto repeats = int_elements(context, 1);
  if (repeats && repeats->size() != x.rank()) {
    return shape_error(std::to_string(repeats->size()) + " repeats for " +
                       std::to_string(x.rank()) + " dims");
  }
  for (std::size_t i = 0; i < x.rank(); ++i) {
    type.dims[i] = repeats ? mul_dims(x.dims[i], (*repeats)[i]) : Dim::unknown();
  }
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const Shape repeats, read_ints(context.input(1)));
  if (repeats.size() != x.rank()) return data_shape_error("one repeat per dim is expected");
  Shape shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const auto dim = checked_mul(x.shape[i], repeats[i]);
    if (!dim || repeats[i] < 0) return data_shape_error("a repeat is negative or too large");
    shape.push_back(*dim);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  if (element_count(shape) == 0) return {};
  Strides blocks;
  for (std::size_t i = 0; i < x.rank(); ++i) blocks.push_back(x.shape[i] * y.strides[i]);
  for_each_offset<1>(repeats, {blocks}, [&](const auto& at) {
    copy_elements(x, {element_ptr(y, at[0]), y.dtype, x.shape, y.strides});
  });
  return {};
}

}  // namespace

const OpDef tile_op = {.domain = "",
                       .name = "Tile",
                       .since_version = 13,
                       .inputs = {2, 2},
                       .parse = parse_no_attributes,
                       .infer = infer,
                       .reference = reference};

}  // namespace vernier
