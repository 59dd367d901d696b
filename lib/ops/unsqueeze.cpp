#include "ops/unsqueeze.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const auto axes = constant_ints(context, 1);
  if (!x.ranked || !axes) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  if (axes->size() + x.rank() > kMaxRank) {
    return limit_error("the output has too many dims", "E-LIMIT-RANK");
  }
  VERNIER_ASSIGN(const std::vector<bool> flags, axis_flags(*axes, x.rank() + axes->size()));
  std::vector<Dim> dims;
  std::size_t next = 0;
  for (const bool inserted : flags) dims.push_back(inserted ? Dim::known(1) : x.dims[next++]);
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  if (auto elements = context.known_ints(0); elements && flags.size() <= 1) {
    state_ints(context, std::move(*elements));
  }
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const Shape axes, read_ints(context.input(1)));
  const std::size_t rank = x.rank() + axes.size();
  if (rank > kMaxRank) return limit_error("the output has too many dims", "E-LIMIT-RANK");
  Shape inserted = Shape::filled(rank, 0);
  for (const std::int64_t axis : axes) {
    VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, rank));
    if (inserted[at] != 0) return data_shape_error("an axis is given twice");
    inserted[at] = 1;
  }
  Shape shape;
  std::size_t next = 0;
  for (const std::int64_t flag : inserted) shape.push_back(flag != 0 ? 1 : x.shape[next++]);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  copy_in_order(x, y);
  return {};
}

}  // namespace

const OpDef unsqueeze_op = {.domain = "",
                            .name = "Unsqueeze",
                            .since_version = 13,
                            .inputs = {2, 2},
                            .parse = parse_no_attributes,
                            .infer = infer,
                            .reference = reference};

}  // namespace vernier
