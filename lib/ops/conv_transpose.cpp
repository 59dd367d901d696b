#include "ops/conv_transpose.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr std::int64_t kMaxAttr = std::numeric_limits<std::int32_t>::max();

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ConvTransposeParams>();
  VERNIER_TRY(parse_conv(attributes, *params));
  VERNIER_ASSIGN(params->output_padding, attributes.get_ints("output_padding"));
  VERNIER_ASSIGN(params->output_shape, attributes.get_ints("output_shape"));
  VERNIER_TRY(check_values(params->output_padding, "output_padding", 0, kMaxAttr));
  VERNIER_TRY(check_values(params->output_shape, "output_shape", 1, kMaxAttr));
  return Params(std::move(params));
}

std::int64_t value_or(const std::vector<std::int64_t>& list, std::size_t i, std::int64_t fallback) {
  return i < list.size() ? list[i] : fallback;
}

Result<void> check_lists(const ConvTransposeParams& params, std::size_t spatial) {
  VERNIER_TRY(check_window_rank(params, spatial));
  if (!params.output_padding.empty() && params.output_padding.size() != spatial) {
    return attr_error("attribute 'output_padding' has a wrong number of values");
  }
  const std::size_t sizes = params.output_shape.size();
  if (sizes != 0 && sizes != spatial && sizes != spatial + 2) {
    return attr_error("attribute 'output_shape' has a wrong number of values");
  }
  return {};
}

/// One axis from the size of X and the kernel.
Result<WindowAxis> resolve_axis(const ConvTransposeParams& params, std::size_t spatial,
                                std::size_t i, std::int64_t size, std::int64_t kernel) {
  WindowAxis axis;
  axis.output = size;
  axis.kernel = kernel;
  axis.stride = value_or(params.strides, i, 1);
  axis.dilation = value_or(params.dilations, i, 1);
  if (kernel < 1 || kernel > kMaxAttr || size > kMaxAttr) {
    return shape_error("kernel or input is out of range on spatial axis " + std::to_string(i));
  }
  const std::int64_t extent = (kernel - 1) * axis.dilation + 1;
  const std::int64_t reach =
      axis.stride * (std::max<std::int64_t>(size, 1) - 1) + value_or(params.output_padding, i, 0);
  const auto full = checked_add(reach, extent);
  if (!full) return limit_error("output size overflows", "E-LIMIT-TENSOR");
  const bool same =
      params.auto_pad == AutoPad::same_upper || params.auto_pad == AutoPad::same_lower;
  if (!params.output_shape.empty() || same) {
    const std::size_t skip =
        params.output_shape.size() - (params.output_shape.empty() ? 0 : spatial);
    axis.input = params.output_shape.empty() ? size * axis.stride : params.output_shape[skip + i];
    const std::int64_t total = std::max<std::int64_t>(*full - axis.input, 0);
    const std::int64_t small = total / 2;
    axis.pad_begin = params.auto_pad == AutoPad::same_upper ? small : total - small;
    axis.pad_end = total - axis.pad_begin;
    return axis;
  }
  if (params.auto_pad == AutoPad::notset) {
    axis.pad_begin = value_or(params.pads, i, 0);
    axis.pad_end = value_or(params.pads, i + spatial, 0);
  }
  axis.input = size == 0 ? 0 : *full - axis.pad_begin - axis.pad_end;
  if (axis.input < 0) {
    return shape_error("pads leave no output on spatial axis " + std::to_string(i));
  }
  return axis;
}

Result<ValueType> infer_type(const ConvTransposeParams& params, const ValueType& x,
                             const ValueType& w) {
  VERNIER_TRY(check_rank(x, 3, kMaxRank, "input"));
  VERNIER_TRY(check_rank(w, 3, kMaxRank, "weight"));
  ValueType y = ValueType::of(x.dtype);
  if (!x.ranked && !w.ranked) return y;
  const std::size_t rank = x.ranked ? x.rank() : w.rank();
  VERNIER_TRY(check_rank(w, rank, rank, "weight"));
  const std::size_t spatial = rank - 2;
  VERNIER_TRY(check_lists(params, spatial));
  y.ranked = true;
  y.dims.resize(rank);
  if (x.ranked) {
    y.dims[0] = x.dims[0];
    VERNIER_TRY(check_dim(w, 0, x.dims[1], "weight"));
    if (x.dims[1].is_known() && x.dims[1].value % params.group != 0) {
      return shape_error("group " + std::to_string(params.group) + " does not divide " +
                         std::to_string(x.dims[1].value) + " input channels");
    }
  }
  if (w.ranked) y.dims[1] = mul_dims(w.dims[1], Dim::known(params.group));
  for (std::size_t i = 0; i < spatial; ++i) {
    Dim kernel = w.ranked ? w.dims[i + 2] : Dim::unknown();
    if (!params.kernel_shape.empty()) {
      VERNIER_TRY(check_dim(w, i + 2, Dim::known(params.kernel_shape[i]), "weight"));
      kernel = Dim::known(params.kernel_shape[i]);
    }
    if (!x.ranked || !x.dims[i + 2].is_known() || !kernel.is_known()) continue;
    VERNIER_ASSIGN(const WindowAxis axis,
                   resolve_axis(params, spatial, i, x.dims[i + 2].value, kernel.value));
    y.dims[i + 2] = Dim::known(axis.input);
  }
  return y;
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  const ValueType& w = context.input(1);
  VERNIER_TRY(check_float(x, "input"));
  VERNIER_TRY(check_same_dtype(x, "input", w, "weight"));
  VERNIER_ASSIGN(ValueType y, infer_type(params_as<ConvTransposeParams>(context), x, w));
  if (context.has_input(2)) {
    VERNIER_TRY(check_same_dtype(x, "input", context.input(2), "bias"));
    VERNIER_TRY(check_rank(context.input(2), 1, 1, "bias"));
    VERNIER_TRY(check_dim(context.input(2), 0, y.ranked ? y.dims[1] : Dim::unknown(), "bias"));
  }
  context.set_output(0, std::move(y));
  return {};
}

/// Adds one tap of one input plane to one output plane.
void scatter_tap(const ResolvedConvTranspose& conv, const Shape& tap, double weight,
                 const double* x, double* y) {
  const std::size_t last = conv.spatial_rank - 1;
  const WindowAxis& inner = conv.axes[last];
  const OutputRange range = valid_outputs(inner, tap[last]);
  if (range.begin == range.end) return;
  const std::int64_t shift = tap[last] * inner.dilation - inner.pad_begin;
  Shape index = Shape::filled(last, 0);
  std::int64_t row = 0;
  while (true) {
    std::int64_t y_row = 0;
    bool inside = true;
    for (std::size_t i = 0; i < last; ++i) {
      const WindowAxis& a = conv.axes[i];
      const std::int64_t at = index[i] * a.stride - a.pad_begin + tap[i] * a.dilation;
      inside = inside && at >= 0 && at < a.input;
      y_row = y_row * a.input + at;
    }
    if (inside) {
      const double* in = x + row * inner.output;
      double* out = y + y_row * inner.input + shift;
      for (std::int64_t i = range.begin; i < range.end; ++i)
        out[i * inner.stride] += weight * in[i];
    }
    ++row;
    std::size_t axis = last;
    while (axis > 0 && ++index[axis - 1] == conv.axes[axis - 1].output) index[--axis] = 0;
    if (axis == 0) return;
  }
}

void conv_transpose_doubles(const ResolvedConvTranspose& conv, const double* x, const double* w,
                            double* y) {
  Shape kernel;
  std::int64_t x_plane = 1;
  std::int64_t y_plane = 1;
  for (std::size_t i = 0; i < conv.spatial_rank; ++i) {
    kernel.push_back(conv.axes[i].kernel);
    x_plane *= conv.axes[i].output;
    y_plane *= conv.axes[i].input;
  }
  std::fill(y, y + conv.batch * conv.out_channels * y_plane, 0.0);
  if (x_plane == 0 || y_plane == 0) return;
  const std::int64_t taps = element_count(kernel);
  const std::int64_t group_in = conv.in_channels / conv.group;
  const std::int64_t group_out = conv.out_channels / conv.group;
  for (std::int64_t n = 0; n < conv.batch; ++n) {
    for (std::int64_t c = 0; c < conv.in_channels; ++c) {
      const double* in = x + (n * conv.in_channels + c) * x_plane;
      const std::int64_t first = c / group_in * group_out;
      for (std::int64_t m = 0; m < group_out; ++m) {
        double* out = y + (n * conv.out_channels + first + m) * y_plane;
        const double* weights = w + (c * group_out + m) * taps;
        Shape tap = Shape::filled(conv.spatial_rank, 0);
        for (std::int64_t k = 0; k < taps; ++k) {
          scatter_tap(conv, tap, weights[k], in, out);
          for (std::size_t i = conv.spatial_rank; i-- > 0;) {
            if (++tap[i] < kernel[i]) break;
            tap[i] = 0;
          }
        }
      }
    }
  }
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const ResolvedConvTranspose conv,
                 resolve_conv_transpose(params_as<ConvTransposeParams>(context), x.shape,
                                        context.input(1).shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(const double* ws, dense_doubles(context, context.input(1)));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(conv.output)));
  conv_transpose_doubles(conv, xs, ws, ys);
  if (context.has_input(2)) {
    VERNIER_TRY(add_channel_bias(context, context.input(2), conv.output, ys));
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, conv.output));
  return store_doubles(ys, y);
}

std::int64_t macs(const OpParams&, std::span<const Shape> inputs, std::span<const Shape>) {
  const Shape& w = inputs[1];
  std::int64_t per_input = 1;
  for (std::size_t i = 1; i < w.size(); ++i) per_input = saturating_mul(per_input, w[i]);
  return saturating_mul(element_count(inputs[0]), per_input);
}

}  // namespace

Result<ResolvedConvTranspose> resolve_conv_transpose(const ConvTransposeParams& params,
                                                     const Shape& x, const Shape& w) {
  VERNIER_ASSIGN(const ValueType type, infer_type(params, ValueType::of(DType::float32, x),
                                                  ValueType::of(DType::float32, w)));
  const auto channels = checked_mul(w[1], params.group);
  if (!channels) return limit_error("output size overflows", "E-LIMIT-TENSOR");
  ResolvedConvTranspose conv;
  conv.batch = x[0];
  conv.group = params.group;
  conv.in_channels = x[1];
  conv.out_channels = *channels;
  conv.spatial_rank = x.size() - 2;
  conv.output = {x[0], *channels};
  for (std::size_t i = 0; i < conv.spatial_rank; ++i) {
    VERNIER_ASSIGN(conv.axes[i], resolve_axis(params, conv.spatial_rank, i, x[i + 2], w[i + 2]));
    conv.output.push_back(conv.axes[i].input);
  }
  if (!checked_byte_count(DType::float64, conv.output.span())) {
    return limit_error("output of shape " + to_string(conv.output) + " is too large",
                       "E-LIMIT-TENSOR");
  }
  return conv;
}

const OpDef conv_transpose_op{
    .domain = "",
    .name = "ConvTranspose",
    .since_version = 1,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = macs,
};

}  // namespace vernier
