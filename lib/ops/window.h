#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graph/attribute.h"
#include "graph/op_def.h"
#include "graph/value_type.h"
#include "tensor/shape.h"

namespace vernier {

/// How padding is chosen (ONNX attribute auto_pad).
enum class AutoPad : std::uint8_t { notset, same_upper, same_lower, valid };

/// Attributes that convolutions and poolings share. Empty lists mean the ONNX default (kernel from
/// the weight, strides 1, dilations 1, pads 0). `pads` is all begins, then all ends.
struct WindowParams : OpParams {
  std::vector<std::int64_t> kernel_shape;
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> dilations;
  AutoPad auto_pad = AutoPad::notset;
};

/// Reads kernel_shape, strides, pads, dilations and auto_pad. Values are limited to int32 so that
/// later products of two of them fit in int64. Error E-MODEL-ATTR for zero or negative values.
Result<void> parse_window(AttrReader& attributes, WindowParams& params);

/// One spatial axis with everything explicit; all >= 0, stride, dilation and kernel >= 1.
/// Output index o reads input positions o * stride - pad_begin + k * dilation for k < kernel.
struct WindowAxis {
  std::int64_t input = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;
  std::int64_t output = 0;
};

/// The rank of the attribute lists must be `spatial_rank` where they are present.
Result<void> check_window_rank(const WindowParams& params, std::size_t spatial_rank);

/// Axis `i` for an input size and a kernel size. `ceil_mode` rounds the output up, but never lets a
/// window start in the end padding. Error E-MODEL-SHAPE when the kernel exceeds the padded input.
Result<WindowAxis> resolve_window_axis(const WindowParams& params, std::size_t spatial_rank,
                                       std::size_t i, std::int64_t input, std::int64_t kernel,
                                       bool ceil_mode);

/// Output dim of axis `i` during inference: known where the input and the kernel are, the input's
/// symbol where the window keeps the size, unknown otherwise.
Result<Dim> infer_window_dim(const WindowParams& params, std::size_t spatial_rank, std::size_t i,
                             const Dim& input, const Dim& kernel, bool ceil_mode);

/// The last two axes of a window; one over a single axis has height 1.
struct PlaneWindow {
  WindowAxis h;
  WindowAxis w;
};
/// Of a ResolvedConv, ResolvedPool, ... of spatial rank 1 or 2.
template <class Resolved>
PlaneWindow plane_window(const Resolved& resolved) {
  PlaneWindow window;
  window.h.input = window.h.output = 1;
  window.w = resolved.axes[0];
  if (resolved.spatial_rank == 2) {
    window.h = resolved.axes[0];
    window.w = resolved.axes[1];
  }
  return window;
}

/// First and one-past-last output index whose tap `k` reads inside the input.
struct OutputRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
OutputRange valid_outputs(const WindowAxis& axis, std::int64_t k) noexcept;

/// The taps of one output index: [begin, end) read inside the input, the first `padded` ones lie
/// before the end of the end padding.
struct TapRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t padded = 0;
};
TapRange tap_range(const WindowAxis& axis, std::int64_t output) noexcept;

}  // namespace vernier
