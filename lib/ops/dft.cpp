#include "ops/dft.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "ops/dense.h"
#include "ops/fourier.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<DftParams>();
  VERNIER_ASSIGN(params->inverse, attributes.get_bool("inverse", false));
  VERNIER_ASSIGN(params->onesided, attributes.get_bool("onesided", false));
  return Params(std::move(params));
}

/// The transformed axis; the last one holds real and imaginary parts.
Result<std::size_t> signal_axis(std::int64_t axis, std::size_t rank) {
  VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, rank));
  if (at + 1 == rank) return attr_error("the last axis cannot be transformed");
  return at;
}

Result<std::int64_t> transform_length(const DftParams& params, std::int64_t size,
                                      std::optional<std::int64_t> given) {
  const bool halves = params.inverse && params.onesided;
  const std::int64_t length = given ? *given : halves ? 2 * (size - 1) : size;
  if (length < 1 || length > kMaxTransform) {
    return invalid_data("cannot transform a length of " + std::to_string(length));
  }
  return length;
}

std::int64_t output_length(const DftParams& params, std::int64_t length) {
  return params.onesided && !params.inverse ? length / 2 + 1 : length;
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<DftParams>(context);
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(context, 0, kFloats));
  VERNIER_TRY(check_rank(x, 2, kMaxRank, "input"));
  ValueType y = x;
  if (x.ranked) {
    const auto axes = constant_ints(context, 2);
    const bool axis_known = !context.has_input(2) || (axes && axes->size() == 1);
    const auto lengths = constant_ints(context, 1);
    for (std::size_t i = 0; i + 1 < x.rank() && !axis_known; ++i) y.dims[i] = Dim::unknown();
    if (axis_known) {
      VERNIER_ASSIGN(const std::size_t axis,
                     signal_axis(context.has_input(2) ? axes->front() : -2, x.rank()));
      const Dim size = x.dims[axis];
      y.dims[axis] = Dim::unknown();
      const bool length_known = lengths && lengths->size() == 1;
      if (length_known || (!context.has_input(1) && size.is_known() && size.value > 1)) {
        VERNIER_ASSIGN(
            const std::int64_t length,
            transform_length(params, size.value,
                             length_known ? std::optional(lengths->front()) : std::nullopt));
        y.dims[axis] = Dim::known(output_length(params, length));
      }
    }
    y.dims.back() = Dim::known(params.inverse && params.onesided ? 1 : 2);
  }
  context.set_output(0, std::move(y));
  return {};
}

/// Fills `line` with `length` complex values of one signal: cut or padded with zeros, the missing
/// half of a onesided spectrum mirrored.
void load_line(const DftParams& params, const double* x, std::int64_t size, std::int64_t inner,
               std::int64_t parts, std::int64_t length, double* line) {
  std::fill(line, line + 2 * length, 0.0);
  const bool mirror = params.inverse && params.onesided;
  const std::int64_t count = std::min(size, mirror ? length / 2 + 1 : length);
  for (std::int64_t n = 0; n < count; ++n) {
    line[2 * n] = x[n * inner * parts];
    if (parts == 2) line[2 * n + 1] = x[n * inner * parts + 1];
  }
  if (!mirror) return;
  line[1] = 0.0;  // a real signal has no imaginary part here
  if (length % 2 == 0) line[length + 1] = 0.0;
  for (std::int64_t n = length / 2 + 1; n < length; ++n) {
    line[2 * n] = line[2 * (length - n)];
    line[2 * n + 1] = -line[2 * (length - n) + 1];
  }
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<DftParams>(context);
  const TensorView& x = context.input(0);
  std::int64_t axis_value = -2;
  if (context.has_input(2)) {
    VERNIER_ASSIGN(axis_value, scalar_int64(context.input(2), "axis"));
  }
  if (x.rank() < 2 || x.shape.back() < 1 || x.shape.back() > 2) {
    return shape_error("input is " + describe(x) + ", expected 1 or 2 elements on the last axis");
  }
  VERNIER_ASSIGN(const std::size_t axis, signal_axis(axis_value, x.rank()));
  std::optional<std::int64_t> given;
  if (context.has_input(1)) {
    VERNIER_ASSIGN(given, scalar_int64(context.input(1), "dft_length"));
  }
  VERNIER_ASSIGN(const std::int64_t length, transform_length(params, x.shape[axis], given));
  const bool real_output = params.inverse && params.onesided;
  const std::int64_t bins = output_length(params, length);
  Shape shape = x.shape;
  shape[axis] = bins;
  shape[x.rank() - 1] = real_output ? 1 : 2;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(shape)));
  VERNIER_ASSIGN(const Twiddles twiddles, make_twiddles(context, length));
  VERNIER_ASSIGN(double* line, scratch_array<double>(context, 2 * length));
  VERNIER_ASSIGN(double* spectrum, scratch_array<double>(context, 2 * length));
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
  for (std::size_t i = axis + 1; i + 1 < shape.size(); ++i) inner *= shape[i];
  const std::int64_t parts = x.shape.back();
  const std::int64_t out_parts = shape.back();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < inner; ++i) {
      load_line(params, xs + (o * x.shape[axis] * inner + i) * parts, x.shape[axis], inner, parts,
                length, line);
      transform_line(twiddles, params.inverse, line, bins, spectrum);
      double* out = ys + (o * bins * inner + i) * out_parts;
      for (std::int64_t k = 0; k < bins; ++k) {
        for (std::int64_t p = 0; p < out_parts; ++p) {
          out[k * inner * out_parts + p] = spectrum[2 * k + p];
        }
      }
    }
  }
  return store_doubles(ys, y);
}

}  // namespace

const OpDef dft_op{
    .domain = "",
    .name = "DFT",
    .since_version = 17,
    .inputs = {1, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
