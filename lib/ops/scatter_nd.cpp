#include "ops/scatter_nd.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ScatterNDParams>();
  VERNIER_ASSIGN(params->reduction, parse_scatter_reduction(attributes));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  VERNIER_TRY(check_same_dtype(context, 0, 2));
  VERNIER_TRY(check_min_rank(context, 0, 1));
  VERNIER_TRY(check_min_rank(context, 1, 1));
  context.set_output(0, context.input(0));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& indices = context.input(1);
  const TensorView& updates = context.input(2);
  if (indices.dtype != DType::int64) return unsupported_dtype(indices.dtype);
  const auto unfit = [&] {
    return data_shape_error("indices " + describe(indices) + " and updates " + describe(updates) +
                            " do not fit " + describe(x));
  };
  if (indices.rank() < 1 || updates.dtype != x.dtype) return unfit();
  const std::int64_t depth = indices.shape.back();
  if (depth < 0 || depth > static_cast<std::int64_t>(x.rank())) return unfit();
  const std::size_t tuples = indices.rank() - 1;
  const auto first = static_cast<std::size_t>(depth);
  if (updates.rank() != tuples + x.rank() - first) return unfit();
  Shape outer;
  Strides index_strides;
  Strides update_strides;
  for (std::size_t i = 0; i < tuples; ++i) {
    if (updates.shape[i] != indices.shape[i]) return unfit();
    outer.push_back(indices.shape[i]);
    index_strides.push_back(indices.strides[i]);
    update_strides.push_back(updates.strides[i]);
  }
  Shape slice;
  Strides slice_from;
  for (std::size_t i = first; i < x.rank(); ++i) {
    if (updates.shape[tuples + i - first] != x.shape[i]) return unfit();
    slice.push_back(x.shape[i]);
    slice_from.push_back(updates.strides[tuples + i - first]);
  }
  VERNIER_ASSIGN(const ElementCombine combine,
                 scatter_combine(params_as<ScatterNDParams>(context).reduction, x.dtype));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  copy_elements(x, y);
  Strides slice_to;
  for (std::size_t i = first; i < x.rank(); ++i) slice_to.push_back(y.strides[i]);
  BadIndex bad;
  for_each_offset<2>(outer, {index_strides, update_strides}, [&](const auto& at) {
    std::int64_t offset = 0;
    for (std::int64_t k = 0; k < depth; ++k) {
      const auto axis = static_cast<std::size_t>(k);
      const std::int64_t index =
          bad.check(index_value(indices, at[0] + k * indices.strides[tuples]), k, x.shape[axis]);
      if (index < 0) return;
      offset += index * y.strides[axis];
    }
    for_each_offset<2>(slice, {slice_to, slice_from}, [&](const auto& inner) {
      combine.apply(x.dtype, element_ptr(y, offset + inner[0]),
                    element_ptr(updates, at[1] + inner[1]));
    });
  });
  return bad.result();
}

}  // namespace

const OpDef scatter_nd_op = {.domain = "",
                             .name = "ScatterND",
                             .since_version = 16,
                             .inputs = {3, 3},
                             .parse = parse,
                             .infer = infer,
                             .reference = reference};

}  // namespace vernier
