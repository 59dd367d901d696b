#include "ops/dequantize_linear.h"

#include <limits>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr DTypeSet kInputs =
    dtype_set(DType::uint8, DType::int8, DType::uint16, DType::int16, DType::int32, DType::uint4,
              DType::int4, DType::uint2, DType::int2) |
    dtype_set(DType::float8e4m3fn, DType::float8e4m3fnuz, DType::float8e5m2, DType::float8e5m2fnuz,
              DType::float4e2m1);

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QuantParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", 1));
  VERNIER_ASSIGN(params->block_size,
                 attributes.get_int_in("block_size", 0, 0, std::numeric_limits<int>::max()));
  VERNIER_ASSIGN(const auto output, attributes.get_int("output_dtype", 0));
  if (output != 0) {
    VERNIER_ASSIGN(params->output_dtype, attributes.get_dtype("output_dtype", DType::undefined));
  }
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<QuantParams>(context);
  VERNIER_TRY(check_dtype(context, 0, kInputs));
  VERNIER_TRY(check_dtype(context, 1, kFloats | dtype_set(DType::float8e8m0)));
  if (context.has_input(2)) VERNIER_TRY(check_same_dtype(context, 0, 2));
  VERNIER_TRY(check_quant_inputs(context, params));
  ValueType y = context.input(0);
  y.dtype = params.output_dtype == DType::undefined ? context.input(1).dtype : params.output_dtype;
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QuantParams>(context);
  const TensorView& x = context.input(0);
  const TensorView& scale = context.input(1);
  VERNIER_ASSIGN(const QuantLayout layout,
                 resolve_quant_layout(x.shape, scale.shape, params.axis, params.block_size));
  VERNIER_ASSIGN(const double* scales, dense_doubles(context, scale));
  const double* zeros = nullptr;
  if (context.has_input(2)) {
    VERNIER_TRY(check_zero_point_shape(scale, context.input(2)));
    VERNIER_ASSIGN(zeros, dense_doubles(context, context.input(2)));
  }
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(x, values));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t at = layout.scale_index(i);
    values[i] = (values[i] - (zeros == nullptr ? 0.0 : zeros[at])) * scales[at];
  }
  const DType dtype = params.output_dtype == DType::undefined ? scale.dtype : params.output_dtype;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace

const OpDef dequantize_linear_op{
    .domain = "",
    .name = "DequantizeLinear",
    .since_version = 10,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
