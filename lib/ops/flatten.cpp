#include "ops/flatten.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<FlattenParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 1));
  return Params(std::move(params));
}
Result<std::size_t> split_point(std::int64_t axis, std::size_t rank) {
  if (axis == static_cast<std::int64_t>(rank)) return rank;
  return normalize_axis(axis, rank);
}
Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  std::vector<Dim> dims(2, x.ranked ? Dim::known(1) : Dim::unknown());
  if (x.ranked) {
    VERNIER_ASSIGN(const std::size_t at,
                   split_point(params_as<FlattenParams>(context).axis, x.rank()));
    for (std::size_t i = 0; i < x.rank(); ++i) {
      Dim& dim = dims[i < at ? 0 : 1];
      dim = mul_dims(dim, x.dims[i]);
    }
  }
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const std::size_t at,
                 split_point(params_as<FlattenParams>(context).axis, x.rank()));
  Shape shape{1, 1};
  for (std::size_t i = 0; i < x.rank(); ++i) shape[i < at ? 0 : 1] *= x.shape[i];
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  copy_in_order(x, y);
  return {};
}

}  // namespace

const OpDef flatten_op = {.domain = "",
                          .name = "Flatten",
                          .since_version = 13,
                          .parse = parse,
                          .infer = infer,
                          .reference = reference};

}  // namespace vernier
