#include "ops/transpose.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<TransposeParams>();
  VERNIER_ASSIGN(params->perm, attributes.get_ints("perm"));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  const auto& params = params_as<TransposeParams>(context);
  if (!x.ranked || x.rank() > kMaxRank) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  VERNIER_ASSIGN(const Shape perm, resolve_permutation(params, x.rank()));
  std::vector<Dim> dims;
  for (const std::int64_t from : perm) dims.push_back(x.dims[static_cast<std::size_t>(from)]);
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const TensorView turned, transposed(params_as<TransposeParams>(context), x));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, turned.shape));
  copy_elements(turned, y);
  return {};
}

}  // namespace

Result<TensorView> transposed(const TransposeParams& params, const TensorView& x) {
  VERNIER_ASSIGN(const Shape perm, resolve_permutation(params, x.rank()));
  TensorView turned{x.data, x.dtype, {}, {}};
  for (const std::int64_t from : perm) {
    turned.shape.push_back(x.shape[static_cast<std::size_t>(from)]);
    turned.strides.push_back(x.strides[static_cast<std::size_t>(from)]);
  }
  return turned;
}

Result<Shape> resolve_permutation(const TransposeParams& params, std::size_t rank) {
  Shape perm;
  if (params.perm.empty()) {
    for (std::size_t i = rank; i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
    return perm;
  }
  if (params.perm.size() != rank) {
    return attr_error("perm has " + std::to_string(params.perm.size()) + " entries for " +
                      std::to_string(rank) + " dims");
  }
  Shape seen = Shape::filled(rank, 0);
  for (const std::int64_t axis : params.perm) {
    VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, rank));
    if (seen[at]++ != 0) return attr_error("perm names axis " + std::to_string(axis) + " twice");
    perm.push_back(static_cast<std::int64_t>(at));
  }
  return perm;
}

const OpDef transpose_op = {.domain = "",
                            .name = "Transpose",
                            .since_version = 13,
                            .parse = parse,
                            .infer = infer,
                            .reference = reference};

}  // namespace vernier
