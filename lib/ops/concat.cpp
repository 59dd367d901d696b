#include "ops/concat.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ConcatParams>();
  if (!attributes.has("axis")) return attr_error("axis is missing");
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  return Params(std::move(params));
}
void state_joined_ints(InferContext& context) {
  std::vector<Dim> joined;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const auto elements = int_elements(context, i);
    if (!elements) return;
    joined.insert(joined.end(), elements->begin(), elements->end());
  }
  state_ints(context, std::move(joined));
}
Result<void> infer(InferContext& context) {
  DType dtype = DType::undefined;
  std::vector<Dim> dims;
  bool ranked = true;
  bool first = true;
  std::size_t axis = 0;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    VERNIER_TRY(check_same_dtype(context, 0, i));
    const ValueType& x = context.input(i);
    if (dtype == DType::undefined) dtype = x.dtype;
    if (!x.ranked) {
      ranked = false;
      continue;
    }
    VERNIER_ASSIGN(axis, normalize_axis(params_as<ConcatParams>(context).axis, x.rank()));
    if (first) {
      dims = x.dims;
      first = false;
      continue;
    }
    if (x.rank() != dims.size()) {
      return shape_error("input " + std::to_string(i) + " has " + std::to_string(x.rank()) +
                         " dims, others have " + std::to_string(dims.size()));
    }
    for (std::size_t k = 0; k < dims.size(); ++k) {
      if (k == axis) {
        dims[k] = add_dims(dims[k], x.dims[k]);
      } else if (dims_differ(dims[k], x.dims[k])) {
        return shape_error("input " + std::to_string(i) + " has size " +
                           std::to_string(x.dims[k].value) + " in dim " + std::to_string(k) +
                           ", others have " + std::to_string(dims[k].value));
      } else {
        dims[k] = merge_dims(dims[k], x.dims[k]);
      }
    }
  }
  if (!ranked) {
    if (!first) dims[axis] = Dim::unknown();
    context.set_output(0, first ? ValueType::of(dtype) : ValueType::of(dtype, dims));
    return {};
  }
  const bool list = dims.size() == 1 && contains(kIndexInts, dtype);
  context.set_output(0, ValueType::of(dtype, std::move(dims)));
  if (list) state_joined_ints(context);
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x0 = context.input(0);
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<ConcatParams>(context).axis, x0.rank()));
  Shape shape = x0.shape;
  for (std::size_t i = 1; i < context.input_count(); ++i) {
    const TensorView& x = context.input(i);
    bool fits = x.rank() == x0.rank() && x.dtype == x0.dtype;
    for (std::size_t k = 0; fits && k < shape.size(); ++k) {
      fits = k == axis || x.shape[k] == shape[k];
    }
    const auto total = fits ? checked_add(shape[axis], x.shape[axis]) : std::nullopt;
    if (!total) {
      return data_shape_error("cannot join " + describe(x) + " to " + describe(x0) +
                              " along axis " + std::to_string(axis));
    }
    shape[axis] = *total;
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x0.dtype, shape));
  std::int64_t start = 0;
  for (std::size_t i = 0; i < context.input_count(); ++i) {
    const TensorView& x = context.input(i);
    copy_elements(x, {element_ptr(y, start * y.strides[axis]), y.dtype, x.shape, y.strides});
    start += x.shape[axis];
  }
  return {};
}

}  // namespace

const OpDef concat_op = {.domain = "",
                         .name = "Concat",
                         .since_version = 13,
                         .inputs = {1, -1},
                         .parse = parse,
                         .infer = infer,
                         .reference = reference};

}  // namespace vernier
