#include "ops/shape.h"

#include <algorithm>

#include "ops/shapes.h"

namespace vernier {
namespace {

/// The range [first, last) of dims, limits clamped as the specification says.
std::pair<std::size_t, std::size_t> range_of(const ShapeParams& params, std::size_t rank) {
  const auto size = static_cast<std::int64_t>(rank);
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size);
  };
  const std::int64_t first = place(params.start);
  const std::int64_t last = std::max(first, params.has_end ? place(params.end) : size);
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ShapeParams>();
  VERNIER_ASSIGN(params->start, attributes.get_int("start", 0));
  params->has_end = attributes.has("end");
  VERNIER_ASSIGN(params->end, attributes.get_int("end", 0));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  if (!x.ranked) {
    context.set_output(0, ValueType::of(DType::int64, {Dim::unknown()}));
    return {};
  }
  const auto [first, last] = range_of(params_as<ShapeParams>(context), x.rank());
  context.set_output(
      0, ValueType::of(DType::int64, {Dim::known(static_cast<std::int64_t>(last - first))}));
  std::vector<Dim> dims;
  for (std::size_t i = first; i < last; ++i) dims.push_back(x.dims[i]);
  state_ints(context, std::move(dims));
  return {};
}
Result<void> reference(EvalContext& context) {
  const Shape& shape = context.input(0).shape;
  const auto [first, last] = range_of(params_as<ShapeParams>(context), shape.size());
  VERNIER_ASSIGN(const MutTensorView y,
                 context.output(0, DType::int64, {static_cast<std::int64_t>(last - first)}));
  std::int64_t* to = y.as<std::int64_t>();
  for (std::size_t i = first; i < last; ++i, to += y.strides[0]) *to = shape[i];
  return {};
}

}  // namespace

const OpDef shape_op = {.domain = "",
                        .name = "Shape",
                        .since_version = 15,
                        .parse = parse,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
