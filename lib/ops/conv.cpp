#include "ops/conv.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "base/saturating.h"
#include "graph/graph.h"
#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {

Result<void> parse_conv(AttrReader& attributes, ConvParams& params) {
  VERNIER_TRY(parse_window(attributes, params));
  VERNIER_ASSIGN(params.group,
                 attributes.get_int_in("group", 1, 1, std::numeric_limits<std::int32_t>::max()));
  return {};
}

Result<Params> conv_op_parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ConvParams>();
  VERNIER_TRY(parse_conv(attributes, *params));
  return Params(std::move(params));
}

Result<ValueType> infer_conv_type(const ConvParams& params, const ValueType& x,
                                  const ValueType& w) {
  VERNIER_TRY(check_rank(x, 3, kMaxRank, "input"));
  VERNIER_TRY(check_rank(w, 3, kMaxRank, "weight"));
  ValueType y = ValueType::of(x.dtype);
  if (!x.ranked && !w.ranked) return y;
  const std::size_t rank = x.ranked ? x.rank() : w.rank();
  VERNIER_TRY(check_rank(w, rank, rank, "weight"));
  const std::size_t spatial = rank - 2;
  VERNIER_TRY(check_window_rank(params, spatial));
  y.ranked = true;
  y.dims.resize(rank);
  if (x.ranked) y.dims[0] = x.dims[0];
  if (w.ranked) {
    y.dims[1] = w.dims[0];
    if (w.dims[0].is_known() && w.dims[0].value % params.group != 0) {
      return invalid_model("weight has " + std::to_string(w.dims[0].value) +
                               " output channels, which group " + std::to_string(params.group) +
                               " does not divide",
                           "E-MODEL-SHAPE");
    }
  }
  if (x.ranked && w.ranked && x.dims[1].is_known() && w.dims[1].is_known()) {
    const auto channels = checked_mul(w.dims[1].value, params.group);
    if (!channels || *channels != x.dims[1].value) {
      return invalid_model("input has " + std::to_string(x.dims[1].value) +
                               " channels, but the weight takes " +
                               std::to_string(w.dims[1].value) + " in each of " +
                               std::to_string(params.group) + " groups",
                           "E-MODEL-SHAPE");
    }
  }
  for (std::size_t i = 0; i < spatial; ++i) {
    Dim kernel = w.ranked ? w.dims[i + 2] : Dim::unknown();
    if (!params.kernel_shape.empty()) {
      VERNIER_TRY(check_dim(w, i + 2, Dim::known(params.kernel_shape[i]), "weight"));
      kernel = Dim::known(params.kernel_shape[i]);
    }
    const Dim input = x.ranked ? x.dims[i + 2] : Dim::unknown();
    VERNIER_ASSIGN(y.dims[i + 2], infer_window_dim(params, spatial, i, input, kernel, false));
  }
  return y;
}

bool is_depthwise(const ResolvedConv& conv) {
  return conv.group > 1 && conv.group == conv.in_channels;
}

bool is_depthwise(const Node& node, const Shape& weight) {
  return node.op == &conv_op && params_as<ConvParams>(node).group > 1 && weight[1] == 1;
}

Result<ResolvedConv> resolve_conv(const ConvParams& params, const Shape& x, const Shape& w) {
  VERNIER_ASSIGN(const ValueType type, infer_conv_type(params, ValueType::of(DType::float32, x),
                                                       ValueType::of(DType::float32, w)));
  ResolvedConv conv;
  conv.batch = x[0];
  conv.group = params.group;
  conv.in_channels = x[1];
  conv.out_channels = w[0];
  conv.spatial_rank = x.size() - 2;
  conv.output = {x[0], w[0]};
  for (std::size_t i = 0; i < conv.spatial_rank; ++i) {
    VERNIER_ASSIGN(conv.axes[i],
                   resolve_window_axis(params, conv.spatial_rank, i, x[i + 2], w[i + 2], false));
    conv.output.push_back(conv.axes[i].output);
  }
  if (!checked_byte_count(DType::float64, conv.output.span())) {
    return limit_error("output of shape " + to_string(conv.output) + " is too large",
                       "E-LIMIT-TENSOR");
  }
  return conv;
}

namespace {

/// Adds one tap of one input channel to one output plane. `axis` walks the outer spatial axes.
void add_tap(const ResolvedConv& conv, const Shape& tap, double weight, const double* x,
             double* y) {
  const std::size_t last = conv.spatial_rank - 1;
  const WindowAxis& inner = conv.axes[last];
  const OutputRange range = valid_outputs(inner, tap[last]);
  if (range.begin == range.end) return;
  const std::int64_t shift = tap[last] * inner.dilation - inner.pad_begin;
  Shape index = Shape::filled(last, 0);
  std::int64_t row = 0;
  while (true) {
    std::int64_t x_row = 0;
    bool inside = true;
    for (std::size_t i = 0; i < last; ++i) {
      const WindowAxis& a = conv.axes[i];
      const std::int64_t at = index[i] * a.stride - a.pad_begin + tap[i] * a.dilation;
      inside = inside && at >= 0 && at < a.input;
      x_row = x_row * a.input + at;
    }
    if (inside) {
      const double* in = x + x_row * inner.input + shift;
      double* out = y + row * inner.output;
      if (inner.stride == 1) {
        for (std::int64_t o = range.begin; o < range.end; ++o) out[o] += weight * in[o];
      } else {
        for (std::int64_t o = range.begin; o < range.end; ++o) {
          out[o] += weight * in[o * inner.stride];
        }
      }
    }
    ++row;
    std::size_t axis = last;
    while (axis > 0 && ++index[axis - 1] == conv.axes[axis - 1].output) index[--axis] = 0;
    if (axis == 0) return;
  }
}

}  // namespace

void conv_doubles(const ResolvedConv& conv, const double* x, const double* w, double* y) {
  const std::int64_t total = element_count(conv.output);
  std::fill(y, y + total, 0.0);
  if (total == 0) return;
  Shape kernel;
  std::int64_t x_plane = 1;
  std::int64_t y_plane = 1;
  for (std::size_t i = 0; i < conv.spatial_rank; ++i) {
    kernel.push_back(conv.axes[i].kernel);
    x_plane *= conv.axes[i].input;
    y_plane *= conv.axes[i].output;
  }
  const std::int64_t taps = element_count(kernel);
  const std::int64_t group_in = conv.in_channels / conv.group;
  const std::int64_t group_out = conv.out_channels / conv.group;
  for (std::int64_t n = 0; n < conv.batch; ++n) {
    for (std::int64_t m = 0; m < conv.out_channels; ++m) {
      double* out = y + (n * conv.out_channels + m) * y_plane;
      const std::int64_t first = m / group_out * group_in;
      for (std::int64_t c = 0; c < group_in; ++c) {
        const double* in = x + (n * conv.in_channels + first + c) * x_plane;
        const double* weights = w + (m * group_in + c) * taps;
        Shape tap = Shape::filled(conv.spatial_rank, 0);
        for (std::int64_t k = 0; k < taps; ++k) {
          add_tap(conv, tap, weights[k], in, out);
          for (std::size_t i = conv.spatial_rank; i-- > 0;) {
            if (++tap[i] < kernel[i]) break;
            tap[i] = 0;
          }
        }
      }
    }
  }
}

std::int64_t conv_macs(const OpParams&, std::span<const Shape> inputs,
                       std::span<const Shape> outputs) {
  const Shape& w = inputs[1];
  std::int64_t per_output = 1;
  for (std::size_t i = 1; i < w.size(); ++i) per_output = saturating_mul(per_output, w[i]);
  return saturating_mul(element_count(outputs[0]), per_output);
}

namespace {

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  const ValueType& w = context.input(1);
  VERNIER_TRY(check_float(x, "input"));
  VERNIER_TRY(check_same_dtype(x, "input", w, "weight"));
  VERNIER_ASSIGN(ValueType y, infer_conv_type(params_as<ConvParams>(context), x, w));
  if (context.has_input(2)) {
    const ValueType& b = context.input(2);
    VERNIER_TRY(check_same_dtype(x, "input", b, "bias"));
    VERNIER_TRY(check_rank(b, 1, 1, "bias"));
    VERNIER_TRY(check_dim(b, 0, y.ranked ? y.dims[1] : Dim::unknown(), "bias"));
  }
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const ResolvedConv conv,
                 resolve_conv(params_as<ConvParams>(context), x.shape, context.input(1).shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(const double* ws, dense_doubles(context, context.input(1)));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(conv.output)));
  conv_doubles(conv, xs, ws, ys);
  if (context.has_input(2)) {
    VERNIER_TRY(add_channel_bias(context, context.input(2), conv.output, ys));
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, conv.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef conv_op{
    .domain = "",
    .name = "Conv",
    .since_version = 1,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = conv_op_parse,
    .infer = infer,
    .reference = reference,
    .macs = conv_macs,
};

}  // namespace vernier
