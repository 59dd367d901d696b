#include "ops/max_pool.h"

#include <cmath>
#include <limits>
#include <memory>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr DType kTypes[] = {DType::float16, DType::bfloat16, DType::float32,
                            DType::float64, DType::int8,     DType::uint8};

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<MaxPoolParams>();
  VERNIER_TRY(parse_pool(attributes, *params));
  VERNIER_ASSIGN(const auto order, attributes.get_int_in("storage_order", 0, 0, 1));
  params->column_major = order == 1;
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(x, kTypes, "input"));
  VERNIER_ASSIGN(ValueType y, infer_pool_type(params_as<MaxPoolParams>(context), x));
  if (context.has_output(1)) {
    ValueType indices = y;
    indices.dtype = DType::int64;
    context.set_output(1, std::move(indices));
  }
  context.set_output(0, std::move(y));
  return {};
}

/// Row-major offset in a plane turned into the column-major one.
std::int64_t column_major_offset(const ResolvedPool& pool, std::int64_t offset) {
  std::int64_t result = 0;
  std::int64_t stride = plane_size(pool);
  for (std::size_t i = pool.spatial_rank; i-- > 0;) {
    const std::int64_t size = pool.axes[i].input;
    stride /= size;
    result += offset % size * stride;
    offset /= size;
  }
  return result;
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<MaxPoolParams>(context);
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const ResolvedPool pool, resolve_pool(params, x.shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  const std::int64_t count = element_count(pool.output);
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  VERNIER_ASSIGN(std::int64_t * winners, scratch_array<std::int64_t>(context, count));
  const std::int64_t plane_elements = plane_size(pool);
  for_each_output(pool, [&](std::int64_t plane, const Shape& index, std::int64_t at) {
    const double* in = xs + plane * plane_elements;
    double best = -std::numeric_limits<double>::infinity();
    std::int64_t winner = -1;
    for_each_tap(pool, index, [&](std::int64_t offset) {
      const double value = in[offset];
      if (winner < 0 || value > best || (std::isnan(value) && !std::isnan(best))) {
        best = value;
        winner = offset;
      }
    });
    ys[at] = best;
    if (winner >= 0 && params.column_major) winner = column_major_offset(pool, winner);
    winners[at] = winner < 0 ? -1 : plane * plane_elements + winner;
  });
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, pool.output));
  VERNIER_TRY(store_doubles(ys, y));
  if (!context.has_output(1)) return {};
  VERNIER_ASSIGN(const MutTensorView indices, context.output(1, DType::int64, pool.output));
  return store_int64s(winners, indices);
}

}  // namespace

const OpDef max_pool_op{
    .domain = "",
    .name = "MaxPool",
    .since_version = 8,
    .inputs = {1, 1},
    .outputs = {1, 2},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
