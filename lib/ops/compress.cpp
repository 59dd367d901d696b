#include "ops/compress.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<CompressParams>();
  if (attributes.has("axis")) {
    VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 0));
  }
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kBool));
  VERNIER_TRY(check_rank(context, 1, 1));
  const ValueType& x = context.input(0);
  const auto& axis = params_as<CompressParams>(context).axis;
  if (!axis) {
    context.set_output(0, ValueType::of(x.dtype, {Dim::unknown()}));
    return {};
  }
  ValueType type = x;
  if (x.ranked) {
    VERNIER_ASSIGN(const std::size_t at, normalize_axis(*axis, x.rank()));
    type.dims[at] = Dim::unknown();
  }
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& condition = context.input(1);
  if (condition.rank() != 1 || condition.dtype != DType::boolean) {
    return data_shape_error("the condition must be a list of booleans");
  }
  const auto& axis = params_as<CompressParams>(context).axis;
  std::size_t at = 0;
  if (axis) {
    VERNIER_ASSIGN(at, normalize_axis(*axis, x.rank()));
  }
  const std::int64_t size = axis ? x.shape[at] : x.element_count();
  const auto is_kept = [&](std::int64_t i) {
    return i < condition.shape[0] && condition.as<bool>()[i * condition.strides[0]];
  };
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < size; ++i) count += is_kept(i) ? 1 : 0;
  Shape shape{count};
  if (axis) {
    shape = x.shape;
    shape[at] = count;
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  std::int64_t next = 0;
  if (!axis) {
    const ElementCopy copy = element_copy(x.dtype);
    std::int64_t i = 0;
    for_each_offset<1>(x.shape, {x.strides}, [&](const auto& from) {
      if (is_kept(i++)) copy(element_ptr(y, next++ * y.strides[0]), element_ptr(x, from[0]));
    });
    return {};
  }
  TensorView from = x;
  from.shape[at] = 1;
  for (std::int64_t i = 0; i < size; ++i) {
    if (!is_kept(i)) continue;
    from.data = element_ptr(x, i * x.strides[at]);
    copy_elements(from, {element_ptr(y, next++ * y.strides[at]), y.dtype, from.shape, y.strides});
  }
  return {};
}

}  // namespace

const OpDef compress_op = {.domain = "",
                           .name = "Compress",
                           .since_version = 11,
                           .inputs = {2, 2},
                           .parse = parse,
                           .infer = infer,
                           .reference = reference};

}  // namespace vernier
