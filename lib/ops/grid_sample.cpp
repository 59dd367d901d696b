#include "ops/grid_sample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <string>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr std::size_t kMaxSpatial = 6;  // 4^6 taps in cubic mode

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GridSampleParams>();
  VERNIER_ASSIGN(const std::string mode, attributes.get_string("mode", "linear"));
  VERNIER_ASSIGN(const std::string padding, attributes.get_string("padding_mode", "zeros"));
  VERNIER_ASSIGN(params->align_corners, attributes.get_bool("align_corners", false));
  if (mode == "nearest") {
    params->mode = GridMode::nearest;
  } else if (mode == "cubic") {
    params->mode = GridMode::cubic;
  } else if (mode != "linear") {
    return attr_error("attribute 'mode' is '" + mode + "'");
  }
  if (padding == "border") {
    params->padding = GridPadding::border;
  } else if (padding == "reflection") {
    params->padding = GridPadding::reflection;
  } else if (padding != "zeros") {
    return attr_error("attribute 'padding_mode' is '" + padding + "'");
  }
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  const ValueType& grid = context.input(1);
  VERNIER_TRY(check_dtype(context, 0, kNumbers | kBool));
  VERNIER_TRY(check_dtype(context, 1, kFloats));
  VERNIER_TRY(check_rank(x, 3, kMaxSpatial + 2, "input"));
  VERNIER_TRY(check_rank(grid, 3, kMaxSpatial + 2, "grid"));
  ValueType y = ValueType::of(x.dtype);
  if (x.ranked && grid.ranked) {
    VERNIER_TRY(check_rank(grid, x.rank(), x.rank(), "grid"));
    const auto spatial = static_cast<std::int64_t>(x.rank()) - 2;
    VERNIER_TRY(check_dim(grid, grid.rank() - 1, Dim::known(spatial), "grid"));
    VERNIER_TRY(check_dim(grid, 0, x.dims[0], "grid"));
    y.ranked = true;
    y.dims = {merge_dims(x.dims[0], grid.dims[0]), x.dims[1]};
    y.dims.insert(y.dims.end(), grid.dims.begin() + 1, grid.dims.end() - 1);
  }
  context.set_output(0, std::move(y));
  return {};
}

/// Mirrors x at the borders until it lies between them.
double reflect(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0.0) return low;
  const double distance = x < low ? low - x : x > high ? x - high : -1.0;
  if (distance < 0.0) return x;
  const double turns = std::floor(distance / range);
  const double rest = distance - turns * range;
  const bool even = std::fmod(turns, 2.0) == 0.0;
  return (x < low) == even ? low + rest : high - rest;
}

/// Sampling along one axis: indices (-1: contributes 0) and weights.
struct Taps {
  std::array<std::int64_t, 4> index{};
  std::array<double, 4> weight{};
  std::size_t count = 0;
};

struct AxisSampler {
  const GridSampleParams& params;
  std::int64_t size;

  [[nodiscard]] double low() const { return params.align_corners ? 0.0 : -0.5; }
  [[nodiscard]] double high() const {
    const auto n = static_cast<double>(size);
    return params.align_corners ? n - 1.0 : n - 0.5;
  }
  /// Input index of an integral position, by the padding mode.
  [[nodiscard]] std::int64_t pixel(double at) const {
    const auto last = static_cast<double>(size - 1);
    if (params.padding == GridPadding::zeros) {
      return at >= 0.0 && at <= last ? static_cast<std::int64_t>(at) : -1;
    }
    if (params.padding == GridPadding::reflection) at = std::trunc(reflect(at, low(), high()));
    return static_cast<std::int64_t>(std::clamp(at, 0.0, last));
  }
  [[nodiscard]] Taps taps(double normalised) const {
    const auto n = static_cast<double>(size);
    double x = params.align_corners ? (normalised + 1.0) / 2.0 * (n - 1.0)
                                    : ((normalised + 1.0) * n - 1.0) / 2.0;
    Taps result;
    if (!std::isfinite(x)) {  // as if far outside
      x = params.padding == GridPadding::zeros ? -1e9 : 0.0;
    }
    if (params.mode == GridMode::nearest) x = std::nearbyint(x);
    if (x < low() || x > high()) {
      if (params.padding == GridPadding::border) x = std::clamp(x, 0.0, n - 1.0);
      if (params.padding == GridPadding::reflection) x = reflect(x, low(), high());
    }
    if (params.mode == GridMode::nearest) {
      result.count = 1;
      result.index[0] = pixel(std::trunc(x));
      result.weight[0] = 1.0;
      return result;
    }
    const double base = std::floor(x);
    const double t = x - base;
    if (params.mode == GridMode::linear) {
      result.count = 2;
      result.weight = {1.0 - t, t};
      for (std::size_t i = 0; i < 2; ++i) result.index[i] = pixel(base + static_cast<double>(i));
      return result;
    }
    constexpr double a = -0.75;
    const double u = 1.0 - t;
    const double far_left = t + 1.0;
    const double far_right = u + 1.0;
    const auto outer = [](double d) { return ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a; };
    const auto inner = [](double d) { return ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0; };
    result.count = 4;
    result.weight = {outer(far_left), inner(t), inner(u), outer(far_right)};
    for (std::size_t i = 0; i < 4; ++i) {
      result.index[i] = pixel(base - 1.0 + static_cast<double>(i));
    }
    return result;
  }
};

/// Sum over the product of the axes' taps in one plane.
double sample(const double* plane, const Shape& spatial,
              const std::array<Taps, kMaxSpatial>& taps) {
  const std::size_t rank = spatial.size();
  std::array<std::size_t, kMaxSpatial> k{};
  double sum = 0.0;
  while (true) {
    double weight = 1.0;
    std::int64_t offset = 0;
    bool inside = true;
    for (std::size_t i = 0; i < rank; ++i) {
      weight *= taps[i].weight[k[i]];
      inside = inside && taps[i].index[k[i]] >= 0;
      offset = offset * spatial[i] + taps[i].index[k[i]];
    }
    if (inside && weight != 0.0) sum += weight * plane[offset];
    std::size_t axis = rank;
    while (axis > 0 && ++k[axis - 1] == taps[axis - 1].count) k[--axis] = 0;
    if (axis == 0) return sum;
  }
}

Result<void> check_shapes(const TensorView& x, const TensorView& grid) {
  const bool fits = x.rank() >= 3 && x.rank() <= kMaxSpatial + 2 && grid.rank() == x.rank() &&
                    grid.shape[0] == x.shape[0] &&
                    grid.shape.back() == static_cast<std::int64_t>(x.rank()) - 2;
  if (fits) return {};
  return shape_error("input " + describe(x) + " and grid " + describe(grid) + " do not fit");
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<GridSampleParams>(context);
  const TensorView& x = context.input(0);
  const TensorView& grid = context.input(1);
  VERNIER_TRY(check_shapes(x, grid));
  const std::size_t rank = x.rank() - 2;
  const Shape spatial(x.shape.span().subspan(2));
  Shape output{x.shape[0], x.shape[1]};
  for (std::size_t i = 0; i < rank; ++i) output.push_back(grid.shape[i + 1]);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, output));
  const std::int64_t count = element_count(output);
  if (count == 0) return {};
  const std::int64_t in_plane = element_count(spatial);
  if (in_plane == 0) return shape_error("an empty input cannot be sampled");
  const std::int64_t channels = x.shape[1];
  const std::int64_t out_plane = count / (x.shape[0] * channels);
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(const double* coordinates, dense_doubles(context, grid));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  std::array<Taps, kMaxSpatial> taps;
  for (std::int64_t n = 0; n < x.shape[0]; ++n) {
    for (std::int64_t o = 0; o < out_plane; ++o) {
      const double* at = coordinates + (n * out_plane + o) * static_cast<std::int64_t>(rank);
      for (std::size_t i = 0; i < rank; ++i) {
        taps[i] = AxisSampler{params, spatial[i]}.taps(at[rank - 1 - i]);
      }
      for (std::int64_t c = 0; c < channels; ++c) {
        const std::int64_t plane = n * channels + c;
        ys[plane * out_plane + o] = sample(xs + plane * in_plane, spatial, taps);
      }
    }
  }
  return store_doubles(ys, y);
}

}  // namespace

const OpDef grid_sample_op{
    .domain = "",
    .name = "GridSample",
    .since_version = 16,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
