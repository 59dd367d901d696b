#include "ops/gather_nd.h"

#include "ops/scatter.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GatherNDParams>();
  VERNIER_ASSIGN(params->batch_dims,
                 attributes.get_int_in("batch_dims", 0, 0, std::int64_t{kMaxRank}));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  const ValueType& x = context.input(0);
  const ValueType& indices = context.input(1);
  VERNIER_TRY(check_min_rank(context, 1, 1));
  VERNIER_TRY(check_min_rank(context, 0, 1));
  const auto batch = static_cast<std::size_t>(params_as<GatherNDParams>(context).batch_dims);
  if (x.ranked && indices.ranked && (batch >= indices.rank() || batch >= x.rank())) {
    return shape_error("batch_dims is too large");
  }
  if (!x.ranked || !indices.ranked || !indices.dims.back().is_known()) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  const std::int64_t depth = indices.dims.back().value;
  if (depth < 1 || depth > static_cast<std::int64_t>(x.rank() - batch)) {
    return shape_error("index tuples of " + std::to_string(depth) + " do not fit the data");
  }
  std::vector<Dim> dims(indices.dims.begin(), indices.dims.end() - 1);
  dims.insert(
      dims.end(),
      x.dims.begin() + static_cast<std::ptrdiff_t>(batch) + static_cast<std::ptrdiff_t>(depth),
      x.dims.end());
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& indices = context.input(1);
  if (indices.dtype != DType::int64) return unsupported_dtype(indices.dtype);
  const auto batch = static_cast<std::size_t>(params_as<GatherNDParams>(context).batch_dims);
  if (batch >= indices.rank() || batch >= x.rank())
    return data_shape_error("batch_dims is too large");
  const std::int64_t depth = indices.shape.back();
  if (depth < 1 || depth > static_cast<std::int64_t>(x.rank() - batch)) {
    return data_shape_error("index tuples of " + std::to_string(depth) + " do not fit the data");
  }
  const std::size_t tuples = indices.rank() - 1;
  const std::size_t first = batch + static_cast<std::size_t>(depth);
  if (tuples + x.rank() - first > kMaxRank) {
    return limit_error("the output has too many dims", "E-LIMIT-RANK");
  }
  Shape outer;
  Strides index_strides;
  Strides batch_strides;
  for (std::size_t i = 0; i < tuples; ++i) {
    if (i < batch && indices.shape[i] != x.shape[i]) {
      return data_shape_error("batch dims differ between data and indices");
    }
    outer.push_back(indices.shape[i]);
    index_strides.push_back(indices.strides[i]);
    batch_strides.push_back(i < batch ? x.strides[i] : 0);
  }
  Shape shape = outer;
  TensorView from{x.data, x.dtype, {}, {}};
  for (std::size_t i = first; i < x.rank(); ++i) {
    shape.push_back(x.shape[i]);
    from.shape.push_back(x.shape[i]);
    from.strides.push_back(x.strides[i]);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  MutTensorView to{y.data, y.dtype, from.shape, {}};
  Strides out_strides;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    (i < tuples ? out_strides : to.strides).push_back(y.strides[i]);
  }
  BadIndex bad;
  for_each_offset<3>(outer, {index_strides, batch_strides, out_strides}, [&](const auto& at) {
    std::int64_t offset = at[1];
    for (std::int64_t k = 0; k < depth; ++k) {
      const std::size_t axis = batch + static_cast<std::size_t>(k);
      const std::int64_t index =
          bad.check(index_value(indices, at[0] + k * indices.strides[tuples]),
                    static_cast<std::int64_t>(axis), x.shape[axis]);
      if (index < 0) return;
      offset += index * x.strides[axis];
    }
    from.data = element_ptr(x, offset);
    to.data = element_ptr(y, at[2]);
    copy_elements(from, to);
  });
  return bad.result();
}

}  // namespace

const OpDef gather_nd_op = {.domain = "",
                            .name = "GatherND",
                            .since_version = 13,
                            .inputs = {2, 2},
                            .parse = parse,
                            .infer = infer,
                            .reference = reference};

}  // namespace vernier
