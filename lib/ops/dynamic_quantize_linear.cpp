#include "ops/dynamic_quantize_linear.h"

#include <algorithm>
#include <cmath>

#include "ops/dense.h"
#include "ops/quantization.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, dtype_set(DType::float32)));
  ValueType y = context.input(0);
  y.dtype = DType::uint8;
  context.set_output(0, std::move(y));
  context.set_output(1, ValueType::of(DType::float32, std::vector<Dim>{}));
  context.set_output(2, ValueType::of(DType::uint8, std::vector<Dim>{}));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  const std::int64_t count = x.element_count();
  float low = 0.0F;
  float high = 0.0F;
  for (std::int64_t i = 0; i < count; ++i) {
    low = std::min(low, static_cast<float>(xs[i]));
    high = std::max(high, static_cast<float>(xs[i]));
  }
  VERNIER_ASSIGN(const QuantRange range, quant_range(DType::uint8));
  const float scale = low == high ? 1.0F : (high - low) / 255.0F;
  const double zero = quantize_value(-low / scale, 0.0, range);
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  for (std::int64_t i = 0; i < count; ++i) {
    ys[i] = quantize_value(static_cast<float>(xs[i]) / scale, zero, range);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, DType::uint8, x.shape));
  VERNIER_TRY(store_doubles(ys, y));
  VERNIER_ASSIGN(const MutTensorView y_scale, context.output(1, DType::float32, {}));
  const auto wide = static_cast<double>(scale);
  VERNIER_TRY(store_doubles(&wide, y_scale));
  VERNIER_ASSIGN(const MutTensorView y_zero, context.output(2, DType::uint8, {}));
  return store_doubles(&zero, y_zero);
}

}  // namespace

const OpDef dynamic_quantize_linear_op{
    .domain = "",
    .name = "DynamicQuantizeLinear",
    .since_version = 11,
    .inputs = {1, 1},
    .outputs = {3, 3},
    .traits = {},
    .parse = parse_no_attributes,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
