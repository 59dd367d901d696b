#include "ops/quantize_linear.h"

#include <limits>
#include <memory>
#include <optional>

#include "base/half.h"
#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr DTypeSet kScales = kFloats | dtype_set(DType::int32, DType::float8e8m0);
constexpr DTypeSet kOutputs =
    dtype_set(DType::uint8, DType::int8, DType::uint16, DType::int16, DType::uint4, DType::int4,
              DType::uint2, DType::int2) |
    dtype_set(DType::float8e4m3fn, DType::float8e4m3fnuz, DType::float8e5m2, DType::float8e5m2fnuz,
              DType::float4e2m1);

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QuantParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 1));
  VERNIER_ASSIGN(params->block_size,
                 attributes.get_int_in("block_size", 0, 0, std::numeric_limits<int>::max()));
  VERNIER_ASSIGN(params->saturate, attributes.get_bool("saturate", true));
  VERNIER_ASSIGN(const auto output, attributes.get_int("output_dtype", 0));
  if (output != 0) {
    VERNIER_ASSIGN(params->output_dtype, attributes.get_dtype("output_dtype", DType::undefined));
  }
  VERNIER_ASSIGN(const auto precision, attributes.get_int("precision", 0));
  if (precision != 0) {
    VERNIER_ASSIGN(params->precision, attributes.get_dtype("precision", DType::undefined));
  }
  return Params(std::move(params));
}

DType output_dtype(const QuantParams& params, bool has_zero_point, DType zero_point) {
  if (has_zero_point) return zero_point;
  return params.output_dtype == DType::undefined ? DType::uint8 : params.output_dtype;
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<QuantParams>(context);
  VERNIER_TRY(check_dtype(context, 0, kFloats | dtype_set(DType::int32)));
  VERNIER_TRY(check_dtype(context, 1, kScales));
  if (context.has_input(2)) VERNIER_TRY(check_dtype(context, 2, kOutputs));
  VERNIER_TRY(check_quant_inputs(context, params));
  ValueType y = context.input(0);
  y.dtype = output_dtype(params, context.has_input(2), context.input(2).dtype);
  if (y.dtype != DType::undefined && !contains(kOutputs, y.dtype)) {
    return dtype_error("cannot quantize to " + std::string(dtype_name(y.dtype)));
  }
  context.set_output(0, std::move(y));
  return {};
}

/// The quotient as the division in `precision` gives it.
float divide(float x, float scale, DType precision) {
  const float quotient = x / scale;
  if (precision == DType::float16) return static_cast<float>(float16(quotient));
  if (precision == DType::bfloat16) return static_cast<float>(bfloat16(quotient));
  return quotient;
}

std::optional<Fp8Format> fp8_format(DType dtype) {
  switch (dtype) {
    case DType::float8e4m3fn:
      return Fp8Format::e4m3fn;
    case DType::float8e4m3fnuz:
      return Fp8Format::e4m3fnuz;
    case DType::float8e5m2:
      return Fp8Format::e5m2;
    case DType::float8e5m2fnuz:
      return Fp8Format::e5m2fnuz;
    case DType::float4e2m1:
      return Fp8Format::e2m1;
    default:
      return std::nullopt;
  }
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QuantParams>(context);
  const TensorView& x = context.input(0);
  const TensorView& scale = context.input(1);
  const bool has_zero = context.has_input(2);
  const DType dtype =
      output_dtype(params, has_zero, has_zero ? context.input(2).dtype : DType::undefined);
  VERNIER_ASSIGN(const QuantLayout layout,
                 resolve_quant_layout(x.shape, scale.shape, params.axis, params.block_size));
  if (has_zero) VERNIER_TRY(check_zero_point_shape(scale, context.input(2)));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(const double* scales, dense_doubles(context, scale));
  const double* zeros = nullptr;
  if (has_zero) {
    VERNIER_ASSIGN(zeros, dense_doubles(context, context.input(2)));
  }
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, x.shape));
  const auto quotient = [&](std::int64_t i) {
    const auto s = static_cast<float>(scales[layout.scale_index(i)]);
    return divide(static_cast<float>(xs[i]), s, params.precision);
  };
  if (const auto format = fp8_format(dtype)) {  // stored byte by byte: saturation is an option
    std::int64_t i = 0;
    for_each_offset<1>(y.shape, {y.strides}, [&](const auto& at) {
      const double zero = zeros == nullptr ? 0.0 : zeros[layout.scale_index(i)];
      y.as<std::uint8_t>()[at[0]] =
          float_to_fp8(quotient(i) + static_cast<float>(zero), *format, params.saturate);
      ++i;
    });
    return {};
  }
  VERNIER_ASSIGN(const QuantRange range, quant_range(dtype));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double zero = zeros == nullptr ? 0.0 : zeros[layout.scale_index(i)];
    ys[i] = quantize_value(quotient(i), zero, range);
  }
  return store_doubles(ys, y);
}

}  // namespace

const OpDef quantize_linear_op{
    .domain = "",
    .name = "QuantizeLinear",
    .since_version = 10,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
