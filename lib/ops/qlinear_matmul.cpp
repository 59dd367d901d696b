#include "ops/qlinear_matmul.h"

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/matmul.h"
#include "ops/quantization.h"
#include "ops/shapes.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr DTypeSet kBytes = dtype_set(DType::int8, DType::uint8);

Result<void> infer(InferContext& context) {
  for (const std::size_t i : {std::size_t{0}, std::size_t{3}}) {
    VERNIER_TRY(check_dtype(context, i, kBytes));
    VERNIER_TRY(check_same_dtype(context, i, i + 2));
  }
  for (const std::size_t i : {std::size_t{1}, std::size_t{4}, std::size_t{6}}) {
    VERNIER_TRY(check_dtype(context, i, kFloats));
  }
  VERNIER_TRY(check_dtype(context, 7, kBytes));
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(context.input(0), context.input(3)));
  y.dtype = context.input(7).dtype;
  context.set_output(0, std::move(y));
  return {};
}

/// Scale `i` spread over the output; a rank-1 scale of several elements runs over rows or columns.
Result<const double*> spread_scale(EvalContext& context, std::size_t i, bool rows,
                                   const Shape& output) {
  TensorView scale = context.input(i);
  if (rows && scale.rank() == 1 && scale.shape[0] != 1) {
    scale.shape.push_back(1);
    scale.strides.push_back(0);
  }
  VERNIER_ASSIGN(const Shape joined, broadcast_shape_pair(scale.shape, output));
  if (element_count(scale.shape) == 1) scale.shape = {};  // also for outputs of rank 0
  if (!scale.shape.empty() && !(joined == output)) {
    return shape_error("scale is " + describe(scale) + ", but the output is " + to_string(output));
  }
  scale.strides.resize(scale.shape.size());
  return dense_doubles(context, {scale.data, scale.dtype, output,
                                 broadcast_strides(scale.shape, scale.strides, output)});
}

Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(const ResolvedMatMul mm,
                 resolve_matmul(context.input(0).shape, context.input(3).shape));
  VERNIER_ASSIGN(const double* a, subtract_zero_point(context, 0, 2, true));
  VERNIER_ASSIGN(const double* b, subtract_zero_point(context, 3, 5, false));
  VERNIER_ASSIGN(const double* a_scale, spread_scale(context, 1, true, mm.output));
  VERNIER_ASSIGN(const double* b_scale, spread_scale(context, 4, false, mm.output));
  VERNIER_ASSIGN(const double y_scale, scalar_double(context.input(6), "y_scale"));
  VERNIER_ASSIGN(const double y_zero, scalar_double(context.input(7), "y_zero_point"));
  const DType dtype = context.input(7).dtype;
  VERNIER_ASSIGN(const QuantRange range, quant_range(dtype));
  const std::int64_t count = element_count(mm.output);
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  matmul_doubles(mm, a, b, ys);
  for (std::int64_t i = 0; i < count; ++i) {
    const float factor = static_cast<float>(a_scale[i]) * static_cast<float>(b_scale[i]) /
                         static_cast<float>(y_scale);
    ys[i] = quantize_value(static_cast<float>(ys[i]) * factor, y_zero, range);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, mm.output));
  return store_doubles(ys, y);
}

std::int64_t macs(const OpParams&, std::span<const Shape> inputs, std::span<const Shape> outputs) {
  return inputs[0].empty() ? 0 : saturating_mul(element_count(outputs[0]), inputs[0].back());
}

}  // namespace

const OpDef qlinear_matmul_op{
    .domain = "",
    .name = "QLinearMatMul",
    .since_version = 10,
    .inputs = {8, 8},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_no_attributes,
    .infer = infer,
    .reference = reference,
    .macs = macs,
};

}  // namespace vernier
