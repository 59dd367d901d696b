#include "ops/roi_align.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr std::int64_t kMaxBins = std::int64_t{1} << 20;

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<RoiAlignParams>();
  VERNIER_ASSIGN(const std::string mode, attributes.get_string("mode", "avg"));
  VERNIER_ASSIGN(const std::string coordinates,
                 attributes.get_string("coordinate_transformation_mode", "half_pixel"));
  if (mode != "avg" && mode != "max") return attr_error("attribute 'mode' is '" + mode + "'");
  if (coordinates != "half_pixel" && coordinates != "output_half_pixel") {
    return attr_error("attribute 'coordinate_transformation_mode' is '" + coordinates + "'");
  }
  params->max_mode = mode == "max";
  params->half_pixel = coordinates == "half_pixel";
  VERNIER_ASSIGN(params->output_height, attributes.get_int_in("output_height", 1, 1, kMaxBins));
  VERNIER_ASSIGN(params->output_width, attributes.get_int_in("output_width", 1, 1, kMaxBins));
  VERNIER_ASSIGN(params->sampling_ratio, attributes.get_int_in("sampling_ratio", 0, 0, kMaxBins));
  VERNIER_ASSIGN(params->spatial_scale, attributes.get_float("spatial_scale", 1.0F));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<RoiAlignParams>(context);
  const ValueType& x = context.input(0);
  const ValueType& rois = context.input(1);
  VERNIER_TRY(check_dtype(context, 0, kFloats));
  VERNIER_TRY(check_same_dtype(context, 0, 1));
  VERNIER_TRY(check_dtype(context, 2, kInt64));
  VERNIER_TRY(check_rank(x, 4, 4, "input"));
  VERNIER_TRY(check_rank(rois, 2, 2, "rois"));
  VERNIER_TRY(check_rank(context.input(2), 1, 1, "batch_indices"));
  VERNIER_TRY(check_dim(rois, 1, Dim::known(4), "rois"));
  if (rois.ranked) VERNIER_TRY(check_dim(context.input(2), 0, rois.dims[0], "batch_indices"));
  context.set_output(0, ValueType::of(x.dtype, {rois.ranked ? rois.dims[0] : Dim::unknown(),
                                                x.ranked ? x.dims[1] : Dim::unknown(),
                                                Dim::known(params.output_height),
                                                Dim::known(params.output_width)}));
  return {};
}

/// The weighted values of the four pixels around (y, x); false outside the picture.
bool neighbours(const double* plane, std::int64_t height, std::int64_t width, double y, double x,
                std::array<double, 4>& values) {
  if (!(y >= -1.0 && y <= static_cast<double>(height) && x >= -1.0 &&
        x <= static_cast<double>(width))) {
    return false;
  }
  y = std::max(y, 0.0);
  x = std::max(x, 0.0);
  const std::int64_t y0 = std::min(static_cast<std::int64_t>(y), height - 1);
  const std::int64_t x0 = std::min(static_cast<std::int64_t>(x), width - 1);
  const std::int64_t y1 = std::min(y0 + 1, height - 1);
  const std::int64_t x1 = std::min(x0 + 1, width - 1);
  const double ly = y0 == height - 1 ? 0.0 : y - static_cast<double>(y0);
  const double lx = x0 == width - 1 ? 0.0 : x - static_cast<double>(x0);
  values = {(1.0 - ly) * (1.0 - lx) * plane[y0 * width + x0],
            (1.0 - ly) * lx * plane[y0 * width + x1], ly * (1.0 - lx) * plane[y1 * width + x0],
            ly * lx * plane[y1 * width + x1]};
  return true;
}

/// One region's geometry: start and bin size in pixels, samples per bin.
struct Region {
  double y = 0.0;
  double x = 0.0;
  double bin_height = 0.0;
  double bin_width = 0.0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

Result<Region> region_of(const RoiAlignParams& params, const double* roi) {
  const auto scale = static_cast<double>(params.spatial_scale);
  const double offset = params.half_pixel ? 0.5 : 0.0;
  Region region;
  region.x = roi[0] * scale - offset;
  region.y = roi[1] * scale - offset;
  double width = roi[2] * scale - offset - region.x;
  double height = roi[3] * scale - offset - region.y;
  if (!params.half_pixel) {
    width = std::max(width, 1.0);
    height = std::max(height, 1.0);
  }
  region.bin_height = height / static_cast<double>(params.output_height);
  region.bin_width = width / static_cast<double>(params.output_width);
  const double limit = 1e6;
  if (!(std::fabs(region.bin_height) < limit) || !(std::fabs(region.bin_width) < limit)) {
    return invalid_data("a region is not finite or too large");
  }
  const bool fixed = params.sampling_ratio > 0;
  region.rows =
      fixed ? params.sampling_ratio : static_cast<std::int64_t>(std::ceil(region.bin_height));
  region.columns =
      fixed ? params.sampling_ratio : static_cast<std::int64_t>(std::ceil(region.bin_width));
  return region;
}

double pool_bin(const RoiAlignParams& params, const Region& region, const double* plane,
                std::int64_t height, std::int64_t width, std::int64_t row, std::int64_t column) {
  double sum = 0.0;
  double best = -std::numeric_limits<double>::infinity();
  std::array<double, 4> values{};
  for (std::int64_t i = 0; i < region.rows; ++i) {
    const double y =
        region.y + static_cast<double>(row) * region.bin_height +
        (static_cast<double>(i) + 0.5) * region.bin_height / static_cast<double>(region.rows);
    for (std::int64_t k = 0; k < region.columns; ++k) {
      const double x =
          region.x + static_cast<double>(column) * region.bin_width +
          (static_cast<double>(k) + 0.5) * region.bin_width / static_cast<double>(region.columns);
      if (!neighbours(plane, height, width, y, x, values)) values = {};
      sum += values[0] + values[1] + values[2] + values[3];
      for (const double value : values) best = std::max(best, value);
    }
  }
  const std::int64_t samples = std::max<std::int64_t>(region.rows * region.columns, 1);
  if (!params.max_mode) return sum / static_cast<double>(samples);
  return std::isinf(best) ? 0.0 : best;
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<RoiAlignParams>(context);
  const TensorView& x = context.input(0);
  const TensorView& rois = context.input(1);
  if (x.rank() != 4 || rois.rank() != 2 || rois.shape[1] != 4 ||
      context.input(2).element_count() != rois.shape[0]) {
    return shape_error("input " + describe(x) + ", rois " + describe(rois) +
                       " and batch_indices do not fit");
  }
  const Shape output{rois.shape[0], x.shape[1], params.output_height, params.output_width};
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, output));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(const double* regions, dense_doubles(context, rois));
  VERNIER_ASSIGN(const std::int64_t* batches, dense_int64s(context, context.input(2)));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(output)));
  const std::int64_t height = x.shape[2];
  const std::int64_t width = x.shape[3];
  if (height * width == 0) return shape_error("an empty input has no regions");
  double* at = ys;
  for (std::int64_t r = 0; r < rois.shape[0]; ++r) {
    if (batches[r] < 0 || batches[r] >= x.shape[0]) {
      return index_error(batches[r], 0, x.shape[0]);
    }
    VERNIER_ASSIGN(const Region region, region_of(params, regions + r * 4));
    for (std::int64_t c = 0; c < x.shape[1]; ++c) {
      const double* plane = xs + (batches[r] * x.shape[1] + c) * height * width;
      for (std::int64_t i = 0; i < params.output_height; ++i) {
        for (std::int64_t k = 0; k < params.output_width; ++k) {
          *at++ = pool_bin(params, region, plane, height, width, i, k);
        }
      }
    }
  }
  return store_doubles(ys, y);
}

}  // namespace

const OpDef roi_align_op{
    .domain = "",
    .name = "RoiAlign",
    .since_version = 16,
    .inputs = {3, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
