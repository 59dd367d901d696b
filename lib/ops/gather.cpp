#include "ops/gather.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GatherParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  return Params(std::move(params));
}
void state_picked_ints(InferContext& context) {
  const auto elements = context.known_ints(0);
  const auto indices = constant_ints(context, 1);
  if (!elements || !indices) return;
  const auto size = static_cast<std::int64_t>(elements->size());
  std::vector<Dim> picked;
  for (std::int64_t index : *indices) {
    if (index < 0) index += size;
    if (index < 0 || index >= size) return;
    picked.push_back((*elements)[static_cast<std::size_t>(index)]);
  }
  state_ints(context, std::move(picked));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kIndexInts));
  const ValueType& x = context.input(0);
  const ValueType& indices = context.input(1);
  if (!x.ranked) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<GatherParams>(context).axis, x.rank()));
  if (!indices.ranked) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  if (const auto values = constant_ints(context, 1); values && x.dims[axis].is_known()) {
    for (const std::int64_t index : *values) {
      if (index < -x.dims[axis].value || index >= x.dims[axis].value) {
        return shape_error("index " + std::to_string(index) + " is out of range for axis " +
                           std::to_string(axis) + " of size " + std::to_string(x.dims[axis].value));
      }
    }
  }
  std::vector<Dim> dims(x.dims.begin(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), x.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.dims.end());
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  if (x.rank() == 1 && indices.rank() <= 1) state_picked_ints(context);
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& indices = context.input(1);
  VERNIER_ASSIGN(const std::size_t axis,
                 normalize_axis(params_as<GatherParams>(context).axis, x.rank()));
  if (!contains(kIndexInts, indices.dtype)) return unsupported_dtype(indices.dtype);
  const std::size_t added = indices.rank();
  if (x.rank() - 1 + added > kMaxRank) {
    return limit_error("the output has too many dims", "E-LIMIT-RANK");
  }
  Shape shape = x.shape;
  shape.erase(axis);
  for (std::size_t i = 0; i < added; ++i) shape.insert(axis + i, indices.shape[i]);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  TensorView from = x;
  from.shape.erase(axis);
  from.strides.erase(axis);
  MutTensorView to{y.data, y.dtype, from.shape, y.strides};
  Strides index_strides;
  for (std::size_t i = 0; i < added; ++i) {
    index_strides.push_back(y.strides[axis + i]);
    to.strides.erase(axis);
  }
  const std::int64_t size = x.shape[axis];
  std::optional<std::int64_t> bad;
  for_each_offset<2>(indices.shape, {indices.strides, index_strides}, [&](const auto& at) {
    const std::int64_t raw = indices.dtype == DType::int64 ? indices.as<std::int64_t>()[at[0]]
                                                           : indices.as<std::int32_t>()[at[0]];
    const std::int64_t index = raw < 0 ? raw + size : raw;
    if (index < 0 || index >= size) {
      if (!bad) bad = raw;
      return;
    }
    from.data = element_ptr(x, index * x.strides[axis]);
    to.data = element_ptr(y, at[1]);
    copy_elements(from, to);
  });
  if (bad) return index_error(*bad, static_cast<std::int64_t>(axis), size);
  return {};
}

}  // namespace

const OpDef gather_op = {.domain = "",
                         .name = "Gather",
                         .since_version = 13,
                         .inputs = {2, 2},
                         .parse = parse,
                         .infer = infer,
                         .reference = reference};

}  // namespace vernier
