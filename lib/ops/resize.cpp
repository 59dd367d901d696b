#include "ops/resize.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

/// Reads a string attribute that must be one of the names; writes its enumerator.
template <class E, std::size_t N>
Result<void> read_choice(AttrReader& attributes, const char* name,
                         const std::pair<const char*, E> (&choices)[N], E& value) {
  VERNIER_ASSIGN(const std::string text, attributes.get_string(name, choices[0].first));
  for (const auto& [choice, enumerator] : choices) {
    if (text == choice) {
      value = enumerator;
      return {};
    }
  }
  return attr_error("attribute '" + std::string(name) + "' is '" + text + "'");
}

Result<Params> parse(AttrReader& attributes, int) {
  using C = ResizeCoordinates;
  auto params = std::make_shared<ResizeParams>();
  static constexpr std::pair<const char*, ResizeMode> kModes[] = {{"nearest", ResizeMode::nearest},
                                                                  {"linear", ResizeMode::linear},
                                                                  {"cubic", ResizeMode::cubic}};
  static constexpr std::pair<const char*, C> kCoordinates[] = {
      {"half_pixel", C::half_pixel},
      {"half_pixel_symmetric", C::half_pixel_symmetric},
      {"pytorch_half_pixel", C::pytorch_half_pixel},
      {"align_corners", C::align_corners},
      {"asymmetric", C::asymmetric},
      {"tf_half_pixel_for_nn", C::tf_half_pixel_for_nn},
      {"tf_crop_and_resize", C::tf_crop_and_resize}};
  static constexpr std::pair<const char*, ResizeNearest> kNearest[] = {
      {"round_prefer_floor", ResizeNearest::round_prefer_floor},
      {"round_prefer_ceil", ResizeNearest::round_prefer_ceil},
      {"floor", ResizeNearest::floor},
      {"ceil", ResizeNearest::ceil}};
  static constexpr std::pair<const char*, ResizeAspect> kAspects[] = {
      {"stretch", ResizeAspect::stretch},
      {"not_larger", ResizeAspect::not_larger},
      {"not_smaller", ResizeAspect::not_smaller}};
  VERNIER_TRY(read_choice(attributes, "mode", kModes, params->mode));
  VERNIER_TRY(
      read_choice(attributes, "coordinate_transformation_mode", kCoordinates, params->coordinates));
  VERNIER_TRY(read_choice(attributes, "nearest_mode", kNearest, params->nearest));
  VERNIER_TRY(read_choice(attributes, "keep_aspect_ratio_policy", kAspects, params->aspect));
  VERNIER_ASSIGN(params->antialias, attributes.get_bool("antialias", false));
  VERNIER_ASSIGN(params->exclude_outside, attributes.get_bool("exclude_outside", false));
  VERNIER_ASSIGN(params->cubic_coeff_a, attributes.get_float("cubic_coeff_a", -0.75F));
  VERNIER_ASSIGN(params->extrapolation_value, attributes.get_float("extrapolation_value", 0.0F));
  VERNIER_ASSIGN(params->axes, attributes.get_ints("axes"));
  if (params->antialias && params->mode == ResizeMode::nearest) {
    return attr_error("antialias needs mode linear or cubic");
  }
  return Params(std::move(params));
}

/// The axes that scales, sizes and roi talk about, in their order.
Result<Shape> listed_axes(const ResizeParams& params, std::size_t rank) {
  Shape axes;
  if (params.axes.empty()) {
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
    return axes;
  }
  if (params.axes.size() > rank) return attr_error("attribute 'axes' has too many values");
  for (const std::int64_t listed : params.axes) {
    VERNIER_ASSIGN(const std::size_t axis, normalize_axis(listed, rank));
    if (std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end()) {
      return attr_error("attribute 'axes' repeats axis " + std::to_string(axis));
    }
    axes.push_back(static_cast<std::int64_t>(axis));
  }
  return axes;
}

Error count_error(const char* what, std::size_t have, std::size_t want) {
  return shape_error(std::string(what) + " has " + std::to_string(have) + " elements, expected " +
                     std::to_string(want));
}

Result<std::int64_t> size_from_double(double size) {
  if (!(size < 4.0e18)) return limit_error("output size overflows", "E-LIMIT-TENSOR");
  return static_cast<std::int64_t>(size);
}

/// Sets output size and scale of the listed axes from `sizes`.
Result<void> apply_sizes(const ResizeParams& params, const Shape& axes,
                         std::span<const std::int64_t> sizes, ResolvedResize& resize) {
  double common = params.aspect == ResizeAspect::not_larger ? HUGE_VAL : 0.0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    ResizeAxis& axis = resize.axes[static_cast<std::size_t>(axes[i])];
    if (sizes[i] < 0) {
      return invalid_data("sizes holds " + std::to_string(sizes[i]), "E-DATA-SHAPE");
    }
    if (axis.input == 0 && sizes[i] != 0) {
      return shape_error("an empty axis cannot grow");
    }
    axis.output = sizes[i];
    axis.scale =
        axis.input == 0 ? 1.0 : static_cast<double>(sizes[i]) / static_cast<double>(axis.input);
    common = params.aspect == ResizeAspect::not_larger ? std::min(common, axis.scale)
                                                       : std::max(common, axis.scale);
  }
  if (params.aspect == ResizeAspect::stretch) return {};
  for (const std::int64_t listed : axes) {
    ResizeAxis& axis = resize.axes[static_cast<std::size_t>(listed)];
    axis.scale = common;
    VERNIER_ASSIGN(axis.output, size_from_double(common * static_cast<double>(axis.input) + 0.5));
  }
  return {};
}

Result<void> apply_scales(const Shape& axes, std::span<const float> scales,
                          ResolvedResize& resize) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    ResizeAxis& axis = resize.axes[static_cast<std::size_t>(axes[i])];
    if (!(scales[i] > 0.0F) || !std::isfinite(scales[i])) {
      return invalid_data("scales holds a value that is not positive", "E-DATA-INVALID");
    }
    axis.scale = static_cast<double>(scales[i]);
    const float exact = scales[i] * static_cast<float>(axis.input);
    VERNIER_ASSIGN(axis.output, size_from_double(static_cast<double>(exact)));
  }
  return {};
}

}  // namespace

Result<ResolvedResize> resolve_resize(const ResizeParams& params, const Shape& x,
                                      std::span<const float> scales,
                                      std::span<const std::int64_t> sizes,
                                      std::span<const double> roi) {
  VERNIER_ASSIGN(const Shape axes, listed_axes(params, x.size()));
  if (scales.empty() == sizes.empty() && x.size() > 0) {
    return shape_error("exactly one of scales and sizes must be given");
  }
  if (!scales.empty() && scales.size() != axes.size()) {
    return count_error("scales", scales.size(), axes.size());
  }
  if (!sizes.empty() && sizes.size() != axes.size()) {
    return count_error("sizes", sizes.size(), axes.size());
  }
  ResolvedResize resize;
  for (std::size_t i = 0; i < x.size(); ++i) {
    resize.axes[i].input = x[i];
    resize.axes[i].output = x[i];
  }
  if (!scales.empty()) VERNIER_TRY(apply_scales(axes, scales, resize));
  if (!sizes.empty()) VERNIER_TRY(apply_sizes(params, axes, sizes, resize));
  if (params.coordinates == ResizeCoordinates::tf_crop_and_resize) {
    if (roi.size() != 2 * axes.size()) return count_error("roi", roi.size(), 2 * axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      ResizeAxis& axis = resize.axes[static_cast<std::size_t>(axes[i])];
      axis.roi_begin = roi[i];
      axis.roi_end = roi[axes.size() + i];
    }
  }
  for (std::size_t i = 0; i < x.size(); ++i) resize.output.push_back(resize.axes[i].output);
  if (!checked_byte_count(DType::float64, resize.output.span())) {
    return limit_error("output of shape " + to_string(resize.output) + " is too large",
                       "E-LIMIT-TENSOR");
  }
  return resize;
}

namespace {

constexpr DTypeSet kTypes =
    kNumbers | kBool | dtype_set(DType::string, DType::complex64, DType::complex128);

Result<void> infer(InferContext& context) {
  const auto& params = params_as<ResizeParams>(context);
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(context, 0, kTypes));
  if (params.mode != ResizeMode::nearest) VERNIER_TRY(check_dtype(context, 0, kNumbers));
  ValueType y = x;
  if (!x.ranked) {
    context.set_output(0, std::move(y));
    return {};
  }
  VERNIER_ASSIGN(const Shape axes, listed_axes(params, x.rank()));
  const Tensor* scales = context.constant(2);
  if (scales != nullptr && scales->element_count() == 0) scales = nullptr;
  if (scales != nullptr && scales->dtype() != DType::float32) {
    return dtype_error("scales is not float");
  }
  const auto sizes = int_elements(context, 3);
  const bool stretch = params.aspect == ResizeAspect::stretch;
  if (sizes && !sizes->empty() && sizes->size() != axes.size()) {
    return count_error("sizes", sizes->size(), axes.size());
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    Dim& dim = y.dims[static_cast<std::size_t>(axes[i])];
    if (scales != nullptr) {
      if (scales->span<float>().size() != axes.size()) {
        return count_error("scales", scales->span<float>().size(), axes.size());
      }
      const float scale = scales->span<float>()[i];
      if (scale != 1.0F) dim = Dim::unknown();
    } else {
      dim = sizes && !sizes->empty() && stretch ? (*sizes)[i] : Dim::unknown();
    }
  }
  if (const auto shape = x.shape()) {
    const auto exact_sizes = constant_ints(context, 3);
    if (scales != nullptr || (exact_sizes && !exact_sizes->empty())) {
      const std::vector<double> roi(2 * axes.size(), 0.0);  // does not move the output's shape
      VERNIER_ASSIGN(
          const ResolvedResize resize,
          resolve_resize(params, *shape,
                         scales != nullptr ? scales->span<float>() : std::span<const float>{},
                         scales != nullptr ? std::span<const std::int64_t>{} : *exact_sizes, roi));
      y = ValueType::of(x.dtype, resize.output);
    }
  }
  context.set_output(0, std::move(y));
  return {};
}

/// Copies the nearest elements; works on every dtype.
Result<void> resize_nearest(EvalContext& context, const ResizeParams& params,
                            const ResolvedResize& resize, const MutTensorView& y) {
  const TensorView& x = context.input(0);
  const std::size_t rank = x.rank();
  std::array<std::int64_t*, kMaxRank> offsets{};
  bool extrapolates = false;
  for (std::size_t i = 0; i < rank; ++i) {
    const ResizeAxis& axis = resize.axes[i];
    VERNIER_ASSIGN(offsets[i], scratch_array<std::int64_t>(context, axis.output));
    for (std::int64_t o = 0; o < axis.output; ++o) {
      const std::int64_t at = axis.identity() ? o : resize_nearest_index(params, axis, o);
      extrapolates = extrapolates || at < 0;
      offsets[i][o] = at;
    }
  }
  alignas(16) std::byte outside[16] = {};
  if (extrapolates) {
    const auto value = static_cast<double>(params.extrapolation_value);
    VERNIER_TRY(store_doubles(&value, MutTensorView{outside, x.dtype, {}, {}}));
  }
  if (y.element_count() == 0) return {};
  const ElementCopy copy = element_copy(x.dtype);
  Shape index = Shape::filled(rank, 0);
  while (true) {
    std::int64_t from = 0;
    std::int64_t to = 0;
    bool inside = true;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t at = offsets[i][index[i]];
      inside = inside && at >= 0;
      from += at * x.strides[i];
      to += index[i] * y.strides[i];
    }
    copy(element_ptr(y, to), inside ? element_ptr(x, from) : outside);
    std::size_t axis = rank;
    while (axis > 0 && ++index[axis - 1] == y.shape[axis - 1]) index[--axis] = 0;
    if (axis == 0) return {};
  }
}

/// Resizes one axis of dense [outer, input, inner] data.
Result<double*> resize_axis(EvalContext& context, const ResizeParams& params,
                            const ResizeAxis& axis, std::int64_t outer, std::int64_t inner,
                            const double* src) {
  const std::int64_t dims[] = {outer, axis.output, inner};
  const auto total = checked_element_count(dims);
  if (!total) return limit_error("intermediate size overflows", "E-LIMIT-TENSOR");
  VERNIER_ASSIGN(double* dst, scratch_array<double>(context, *total));
  const std::int64_t taps = *total == 0 ? 0 : resize_tap_count(params, axis);
  VERNIER_ASSIGN(std::int64_t * indices, scratch_array<std::int64_t>(context, taps));
  VERNIER_ASSIGN(double* weights, scratch_array<double>(context, taps));
  for (std::int64_t o = 0; o<axis.output&& * total> 0; ++o) {
    const bool inside = resize_taps(params, axis, o, indices, weights);
    for (std::int64_t p = 0; p < outer; ++p) {
      double* out = dst + (p * axis.output + o) * inner;
      std::fill(out, out + inner, inside ? 0.0 : static_cast<double>(params.extrapolation_value));
      for (std::int64_t t = 0; inside && t < taps; ++t) {
        if (weights[t] == 0.0) continue;
        const double* in = src + (p * axis.input + indices[t]) * inner;
        for (std::int64_t i = 0; i < inner; ++i) out[i] += weights[t] * in[i];
      }
    }
  }
  return dst;
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<ResizeParams>(context);
  const TensorView& x = context.input(0);
  std::vector<float> scales;
  std::vector<std::int64_t> sizes;
  std::vector<double> roi;
  if (context.has_input(1)) {
    roi.resize(static_cast<std::size_t>(context.input(1).element_count()));
    VERNIER_TRY(load_doubles(context.input(1), roi.data()));
  }
  if (context.has_input(2)) {
    std::vector<double> values(static_cast<std::size_t>(context.input(2).element_count()));
    VERNIER_TRY(load_doubles(context.input(2), values.data()));
    for (const double value : values) scales.push_back(static_cast<float>(value));
  }
  if (context.has_input(3)) {
    sizes.resize(static_cast<std::size_t>(context.input(3).element_count()));
    VERNIER_TRY(load_int64s(context.input(3), sizes.data()));
  }
  VERNIER_ASSIGN(const ResolvedResize resize, resolve_resize(params, x.shape, scales, sizes, roi));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, resize.output));
  if (params.mode == ResizeMode::nearest) return resize_nearest(context, params, resize, y);
  VERNIER_ASSIGN(const double* values, dense_doubles(context, x));
  Shape shape = x.shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (resize.axes[i].identity()) continue;
    std::int64_t outer = 1;
    std::int64_t inner = 1;
    for (std::size_t k = 0; k < i; ++k) outer *= shape[k];
    for (std::size_t k = i + 1; k < shape.size(); ++k) inner *= shape[k];
    VERNIER_ASSIGN(values, resize_axis(context, params, resize.axes[i], outer, inner, values));
    shape[i] = resize.axes[i].output;
  }
  if (is_floating(x.dtype)) return store_doubles(values, y);
  const std::int64_t count = element_count(shape);
  VERNIER_ASSIGN(double* rounded, scratch_array<double>(context, count));
  for (std::int64_t i = 0; i < count; ++i) rounded[i] = std::nearbyint(values[i]);
  return store_doubles(rounded, y);
}

}  // namespace

const OpDef resize_op{
    .domain = "",
    .name = "Resize",
    .since_version = 11,
    .inputs = {1, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
