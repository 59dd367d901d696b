#include "ops/split.h"

#include <algorithm>

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<SplitParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  if (attributes.has("num_outputs")) {
    VERNIER_ASSIGN(params->num_outputs,
                   attributes.get_int_in("num_outputs", 1, 1, std::int64_t{1} << 31));
  }
  return Params(std::move(params));
}
/// Size of piece i of `size` cut into `count` pieces.
std::int64_t piece(std::int64_t size, std::int64_t count, std::int64_t i) {
  const std::int64_t chunk = size / count + (size % count != 0 ? 1 : 0);
  return std::clamp<std::int64_t>(size - i * chunk, 0, chunk);
}
Result<void> check_counts(std::size_t given, std::size_t outputs) {
  if (given == outputs) return {};
  return shape_error(std::to_string(given) + " pieces for " + std::to_string(outputs) + " outputs");
}
Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  const auto& params = params_as<SplitParams>(context);
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const auto count = static_cast<std::int64_t>(context.output_count());
  if (params.num_outputs != 0 && context.has_input(1)) {
    return attr_error("both split and num_outputs are given");
  }
  if (params.num_outputs != 0 && params.num_outputs != count) {
    return attr_error("num_outputs is " + std::to_string(params.num_outputs) + ", the node has " +
                      std::to_string(count) + " outputs");
  }
  const auto sizes = int_elements(context, 1);
  if (sizes) VERNIER_TRY(check_counts(sizes->size(), context.output_count()));
  if (const auto exact = constant_ints(context, 1)) {
    for (const std::int64_t size : *exact) {
      if (size < 0) return shape_error("a piece has a negative size");
    }
  }
  std::size_t axis = 0;
  if (x.ranked) {
    VERNIER_ASSIGN(axis, normalize_axis(params.axis, x.rank()));
    if (sizes && x.dims[axis].is_known()) {
      Dim total = Dim::known(0);
      for (const Dim& size : *sizes) total = add_dims(total, size);
      if (dims_differ(total, x.dims[axis])) {
        return shape_error("the pieces add up to " + std::to_string(total.value) + ", axis " +
                           std::to_string(axis) + " has size " +
                           std::to_string(x.dims[axis].value));
      }
    }
  }
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    if (!x.ranked) {
      context.set_output(i, ValueType::of(x.dtype));
      continue;
    }
    ValueType type = x;
    Dim& dim = type.dims[axis];
    if (context.has_input(1)) {
      dim = sizes ? (*sizes)[i] : Dim::unknown();
    } else {
      dim = dim.is_known() ? Dim::known(piece(dim.value, count, static_cast<std::int64_t>(i)))
                           : Dim::unknown();
    }
    context.set_output(i, std::move(type));
  }
  const auto elements = context.known_ints(0);
  if (!elements || !x.ranked || x.rank() != 1) return {};
  std::size_t start = 0;
  for (std::size_t i = 0; i < context.output_count(); ++i) {
    const Dim size = context.has_input(1)
                         ? (sizes ? (*sizes)[i] : Dim::unknown())
                         : Dim::known(piece(static_cast<std::int64_t>(elements->size()), count,
                                            static_cast<std::int64_t>(i)));
    if (!size.is_known()) return {};
    const auto last = std::min(elements->size(), start + static_cast<std::size_t>(size.value));
    context.set_known_ints(i,
                           std::vector<Dim>(elements->begin() + static_cast<std::ptrdiff_t>(start),
                                            elements->begin() + static_cast<std::ptrdiff_t>(last)));
    start = last;
  }
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<SplitParams>(context).axis, x.rank()));
  const std::int64_t size = x.shape[axis];
  const auto count = static_cast<std::int64_t>(context.output_count());
  const bool given = context.has_input(1);
  if (given) {
    const TensorView& sizes = context.input(1);
    if (sizes.rank() != 1 || sizes.shape[0] != count) {
      return data_shape_error("split needs one size per output");
    }
    std::int64_t rest = size;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t part = int_at(sizes, i);
      if (part < 0 || part > rest) return data_shape_error("the pieces do not fit the axis");
      rest -= part;
    }
    if (rest != 0) return data_shape_error("the pieces do not fill the axis");
  }
  std::int64_t start = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    Shape shape = x.shape;
    shape[axis] = given ? int_at(context.input(1), i) : piece(size, count, i);
    const auto at = static_cast<std::size_t>(i);
    if (context.has_output(at)) {
      VERNIER_ASSIGN(const MutTensorView y, context.output(at, x.dtype, shape));
      copy_elements({element_ptr(x, start * x.strides[axis]), x.dtype, shape, x.strides}, y);
    }
    start += shape[axis];
  }
  return {};
}

}  // namespace

const OpDef split_op = {.domain = "",
                        .name = "Split",
                        .since_version = 18,
                        .inputs = {1, 2},
                        .outputs = {1, -1},
                        .parse = parse,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
