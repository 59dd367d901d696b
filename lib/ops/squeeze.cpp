#include "ops/squeeze.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const auto axes = constant_ints(context, 1);
  if (!x.ranked || (context.has_input(1) && !axes)) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  std::vector<bool> flags;
  if (axes) {
    VERNIER_ASSIGN(flags, axis_flags(*axes, x.rank()));
  }
  std::vector<Dim> dims;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (!axes && !x.dims[i].is_known()) {
      context.set_output(0, ValueType::of(x.dtype));
      return {};
    }
    const bool drop = axes ? flags[i] : x.dims[i].value == 1;
    if (drop && dims_differ(x.dims[i], Dim::known(1))) {
      return shape_error("axis " + std::to_string(i) + " has size " +
                         std::to_string(x.dims[i].value) + ", only 1 can be squeezed");
    }
    if (!drop) dims.push_back(x.dims[i]);
  }
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  if (auto elements = context.known_ints(0)) state_ints(context, std::move(*elements));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  Shape drop = Shape::filled(x.rank(), context.has_input(1) ? 0 : 1);
  if (context.has_input(1)) {
    VERNIER_ASSIGN(const Shape axes, read_ints(context.input(1)));
    for (const std::int64_t axis : axes) {
      VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, x.rank()));
      if (x.shape[at] != 1) return data_shape_error("only dims of size 1 can be squeezed");
      drop[at] = 1;
    }
  }
  Shape shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (drop[i] == 0 || x.shape[i] != 1) shape.push_back(x.shape[i]);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  copy_in_order(x, y);
  return {};
}

}  // namespace

const OpDef squeeze_op = {.domain = "",
                          .name = "Squeeze",
                          .since_version = 13,
                          .inputs = {1, 2},
                          .parse = parse_no_attributes,
                          .infer = infer,
                          .reference = reference};

}  // namespace vernier
