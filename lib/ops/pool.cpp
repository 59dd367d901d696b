#include "ops/pool.h"

#include "ops/type_check.h"

namespace vernier {

Result<void> parse_pool(AttrReader& attributes, PoolParams& params) {
  VERNIER_TRY(parse_window(attributes, params));
  VERNIER_ASSIGN(params.ceil_mode, attributes.get_bool("ceil_mode", false));
  if (params.kernel_shape.empty()) {
    return invalid_model("attribute 'kernel_shape' is missing", "E-MODEL-ATTR");
  }
  return {};
}

Result<ValueType> infer_pool_type(const PoolParams& params, const ValueType& x) {
  VERNIER_TRY(check_rank(x, 3, kMaxRank, "input"));
  const std::size_t spatial = params.kernel_shape.size();
  VERNIER_TRY(check_rank(x, spatial + 2, spatial + 2, "input"));
  VERNIER_TRY(check_window_rank(params, spatial));
  ValueType y = ValueType::of(x.dtype);
  if (!x.ranked) return y;
  y.ranked = true;
  y.dims = {x.dims[0], x.dims[1]};
  for (std::size_t i = 0; i < spatial; ++i) {
    VERNIER_ASSIGN(Dim dim, infer_window_dim(params, spatial, i, x.dims[i + 2],
                                             Dim::known(params.kernel_shape[i]), params.ceil_mode));
    y.dims.push_back(std::move(dim));
  }
  return y;
}

Result<ResolvedPool> resolve_pool(const PoolParams& params, const Shape& x) {
  VERNIER_ASSIGN(const ValueType type, infer_pool_type(params, ValueType::of(DType::float32, x)));
  ResolvedPool pool;
  pool.planes = x[0] * x[1];
  pool.spatial_rank = x.size() - 2;
  pool.output = {x[0], x[1]};
  for (std::size_t i = 0; i < pool.spatial_rank; ++i) {
    VERNIER_ASSIGN(pool.axes[i], resolve_window_axis(params, pool.spatial_rank, i, x[i + 2],
                                                     params.kernel_shape[i], params.ceil_mode));
    pool.output.push_back(pool.axes[i].output);
  }
  if (!checked_byte_count(DType::float64, pool.output.span())) {
    return limit_error("output of shape " + to_string(pool.output) + " is too large",
                       "E-LIMIT-TENSOR");
  }
  return pool;
}

std::int64_t plane_size(const ResolvedPool& pool) noexcept {
  std::int64_t size = 1;
  for (std::size_t i = 0; i < pool.spatial_rank; ++i) size *= pool.axes[i].input;
  return size;
}

}  // namespace vernier
