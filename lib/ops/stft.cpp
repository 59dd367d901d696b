#include "ops/stft.h"

#include <memory>

#include "ops/dense.h"
#include "ops/fourier.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<StftParams>();
  VERNIER_ASSIGN(params->onesided, attributes.get_bool("onesided", true));
  return Params(std::move(params));
}

struct Frames {
  std::int64_t length = 0;
  std::int64_t count = 0;
  std::int64_t bins = 0;
};

Result<Frames> resolve_frames(const StftParams& params, std::int64_t signal, std::int64_t step,
                              std::int64_t length) {
  if (step < 1 || length < 1 || length > signal || length > kMaxTransform) {
    return invalid_data("frames of " + std::to_string(length) + " elements every " +
                        std::to_string(step) + " do not fit a signal of " + std::to_string(signal));
  }
  return Frames{length, (signal - length) / step + 1, params.onesided ? length / 2 + 1 : length};
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<StftParams>(context);
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(context, 0, kFloats));
  VERNIER_TRY(check_rank(x, 3, 3, "signal"));
  ValueType y = ValueType::of(x.dtype, {x.ranked ? x.dims[0] : Dim::unknown(), Dim::unknown(),
                                        Dim::unknown(), Dim::known(2)});
  const auto steps = constant_ints(context, 1);
  auto lengths = constant_ints(context, 3);
  if (!context.has_input(3)) {
    const ValueType& window = context.input(2);
    if (window.ranked && window.rank() == 1 && window.dims[0].is_known()) {
      lengths = std::vector<std::int64_t>{window.dims[0].value};
    } else if (!context.has_input(2) && x.ranked && x.dims[1].is_known()) {
      lengths = std::vector<std::int64_t>{x.dims[1].value};
    }
  }
  if (x.ranked && x.dims[1].is_known() && steps && steps->size() == 1 && lengths &&
      lengths->size() == 1) {
    VERNIER_ASSIGN(const Frames frames,
                   resolve_frames(params, x.dims[1].value, steps->front(), lengths->front()));
    y.dims[1] = Dim::known(frames.count);
    y.dims[2] = Dim::known(frames.bins);
  }
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  if (x.rank() != 3 || x.shape[2] < 1 || x.shape[2] > 2) {
    return shape_error("signal is " + describe(x) + ", expected [batch, length, 1 or 2]");
  }
  VERNIER_ASSIGN(const std::int64_t step, scalar_int64(context.input(1), "frame_step"));
  std::int64_t length = x.shape[1];
  if (context.has_input(2)) length = context.input(2).element_count();
  if (context.has_input(3)) {
    VERNIER_ASSIGN(length, scalar_int64(context.input(3), "frame_length"));
  }
  VERNIER_ASSIGN(const Frames frames,
                 resolve_frames(params_as<StftParams>(context), x.shape[1], step, length));
  const double* window = nullptr;
  if (context.has_input(2)) {
    if (context.input(2).element_count() != length) {
      return shape_error("window is " + describe(context.input(2)) + ", but frames have " +
                         std::to_string(length) + " elements");
    }
    VERNIER_ASSIGN(window, dense_doubles(context, context.input(2)));
  }
  const Shape shape{x.shape[0], frames.count, frames.bins, 2};
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(shape)));
  VERNIER_ASSIGN(const Twiddles twiddles, make_twiddles(context, length));
  VERNIER_ASSIGN(double* line, scratch_array<double>(context, 2 * length));
  const std::int64_t parts = x.shape[2];
  double* out = ys;
  for (std::int64_t b = 0; b < x.shape[0]; ++b) {
    for (std::int64_t frame = 0; frame < frames.count; ++frame, out += 2 * frames.bins) {
      const double* in = xs + (b * x.shape[1] + frame * step) * parts;
      for (std::int64_t n = 0; n < length; ++n) {
        const double weight = window == nullptr ? 1.0 : window[n];
        line[2 * n] = weight * in[n * parts];
        line[2 * n + 1] = parts == 2 ? weight * in[n * parts + 1] : 0.0;
      }
      transform_line(twiddles, false, line, frames.bins, out);
    }
  }
  return store_doubles(ys, y);
}

}  // namespace

const OpDef stft_op{
    .domain = "",
    .name = "STFT",
    .since_version = 17,
    .inputs = {2, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
