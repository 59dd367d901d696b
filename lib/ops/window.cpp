#include "ops/window.h"

#include <algorithm>
#include <limits>
#include <string>

#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr std::int64_t kMaxAttr = std::numeric_limits<std::int32_t>::max();

std::int64_t value_or(const std::vector<std::int64_t>& list, std::size_t i, std::int64_t fallback) {
  return i < list.size() ? list[i] : fallback;
}

Error kernel_too_large(std::int64_t extent, std::int64_t padded, std::size_t i) {
  return invalid_model("kernel covers " + std::to_string(extent) + " elements of spatial axis " +
                           std::to_string(i) + ", but the padded input has " +
                           std::to_string(padded),
                       "E-MODEL-SHAPE");
}

}  // namespace

Result<void> parse_window(AttrReader& attributes, WindowParams& params) {
  VERNIER_ASSIGN(params.kernel_shape, attributes.get_ints("kernel_shape"));
  VERNIER_ASSIGN(params.strides, attributes.get_ints("strides"));
  VERNIER_ASSIGN(params.pads, attributes.get_ints("pads"));
  VERNIER_ASSIGN(params.dilations, attributes.get_ints("dilations"));
  VERNIER_TRY(check_values(params.kernel_shape, "kernel_shape", 1, kMaxAttr));
  VERNIER_TRY(check_values(params.strides, "strides", 1, kMaxAttr));
  VERNIER_TRY(check_values(params.pads, "pads", 0, kMaxAttr));
  VERNIER_TRY(check_values(params.dilations, "dilations", 1, kMaxAttr));
  VERNIER_ASSIGN(const std::string auto_pad, attributes.get_string("auto_pad", "NOTSET"));
  if (auto_pad == "NOTSET" || auto_pad.empty()) {
    params.auto_pad = AutoPad::notset;
  } else if (auto_pad == "SAME_UPPER") {
    params.auto_pad = AutoPad::same_upper;
  } else if (auto_pad == "SAME_LOWER") {
    params.auto_pad = AutoPad::same_lower;
  } else if (auto_pad == "VALID") {
    params.auto_pad = AutoPad::valid;
  } else {
    return invalid_model("attribute 'auto_pad' is '" + auto_pad + "'", "E-MODEL-ATTR");
  }
  return {};
}

Result<void> check_window_rank(const WindowParams& params, std::size_t spatial_rank) {
  const auto check = [&](const std::vector<std::int64_t>& list, const char* name,
                         std::size_t expected) -> Result<void> {
    if (list.empty() || list.size() == expected) return {};
    return invalid_model("attribute '" + std::string(name) + "' has " +
                             std::to_string(list.size()) + " values, expected " +
                             std::to_string(expected),
                         "E-MODEL-ATTR");
  };
  VERNIER_TRY(check(params.kernel_shape, "kernel_shape", spatial_rank));
  VERNIER_TRY(check(params.strides, "strides", spatial_rank));
  VERNIER_TRY(check(params.dilations, "dilations", spatial_rank));
  return check(params.pads, "pads", 2 * spatial_rank);
}

Result<WindowAxis> resolve_window_axis(const WindowParams& params, std::size_t spatial_rank,
                                       std::size_t i, std::int64_t input, std::int64_t kernel,
                                       bool ceil_mode) {
  WindowAxis axis;
  axis.input = input;
  axis.kernel = kernel;
  axis.stride = value_or(params.strides, i, 1);
  axis.dilation = value_or(params.dilations, i, 1);
  if (kernel < 1 || kernel > kMaxAttr) {
    return invalid_model(
        "kernel has " + std::to_string(kernel) + " elements on spatial axis " + std::to_string(i),
        "E-MODEL-SHAPE");
  }
  if (input > std::numeric_limits<std::int64_t>::max() / 4) {
    return limit_error("input is too large on spatial axis " + std::to_string(i), "E-LIMIT-TENSOR");
  }
  const std::int64_t extent = (kernel - 1) * axis.dilation + 1;  // both fit in int32
  if (params.auto_pad == AutoPad::same_upper || params.auto_pad == AutoPad::same_lower) {
    axis.output = (input + axis.stride - 1) / axis.stride;
    const std::int64_t needed = (std::max<std::int64_t>(axis.output, 1) - 1) * axis.stride;
    const std::int64_t total = std::max<std::int64_t>(needed + extent - input, 0);
    const std::int64_t small = total / 2;
    axis.pad_begin = params.auto_pad == AutoPad::same_upper ? small : total - small;
    axis.pad_end = total - axis.pad_begin;
    return axis;
  }
  if (params.auto_pad == AutoPad::notset) {
    axis.pad_begin = value_or(params.pads, i, 0);
    axis.pad_end = value_or(params.pads, i + spatial_rank, 0);
  }
  const std::int64_t padded = input + axis.pad_begin + axis.pad_end;
  if (padded < extent) return kernel_too_large(extent, padded, i);
  const std::int64_t room = padded - extent;
  axis.output = room / axis.stride + 1;
  if (ceil_mode && room % axis.stride != 0 && axis.output * axis.stride < input + axis.pad_begin) {
    ++axis.output;
  }
  return axis;
}

Result<Dim> infer_window_dim(const WindowParams& params, std::size_t spatial_rank, std::size_t i,
                             const Dim& input, const Dim& kernel, bool ceil_mode) {
  if (input.is_known() && kernel.is_known()) {
    VERNIER_ASSIGN(const WindowAxis axis, resolve_window_axis(params, spatial_rank, i, input.value,
                                                              kernel.value, ceil_mode));
    return Dim::known(axis.output);
  }
  if (value_or(params.strides, i, 1) != 1) return Dim::unknown();
  if (params.auto_pad == AutoPad::same_upper || params.auto_pad == AutoPad::same_lower) {
    return input;
  }
  if (!kernel.is_known()) return Dim::unknown();
  const bool explicit_pads = params.auto_pad == AutoPad::notset;
  const std::int64_t pads =
      explicit_pads ? value_or(params.pads, i, 0) + value_or(params.pads, i + spatial_rank, 0) : 0;
  VERNIER_TRY(check_values({&kernel.value, 1}, "kernel_shape", 1, kMaxAttr));
  if (pads == (kernel.value - 1) * value_or(params.dilations, i, 1)) return input;
  return Dim::unknown();
}

TapRange tap_range(const WindowAxis& axis, std::int64_t output) noexcept {
  const std::int64_t start = output * axis.stride - axis.pad_begin;
  // Taps k with start + k * dilation < limit.
  const auto taps_below = [&](std::int64_t limit) {
    if (limit <= start) return std::int64_t{0};
    return std::min((limit - start - 1) / axis.dilation + 1, axis.kernel);
  };
  TapRange range;
  range.begin = taps_below(0);
  range.end = taps_below(axis.input);
  range.padded = taps_below(axis.input + axis.pad_end);
  return range;
}

OutputRange valid_outputs(const WindowAxis& axis, std::int64_t k) noexcept {
  const std::int64_t shift = axis.pad_begin - k * axis.dilation;  // o * stride must be >= shift
  OutputRange range;
  range.begin = shift <= 0 ? 0 : (shift + axis.stride - 1) / axis.stride;
  const std::int64_t limit = axis.input + shift;  // o * stride must be < limit
  range.end = limit <= 0 ? 0 : (limit + axis.stride - 1) / axis.stride;
  range.begin = std::min(range.begin, axis.output);
  range.end = std::clamp(range.end, range.begin, axis.output);
  return range;
}

}  // namespace vernier
