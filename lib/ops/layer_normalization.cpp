#include "ops/layer_normalization.h"

#include <cmath>
#include <memory>

#include "ops/dense.h"
#include "ops/row_normalization.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<LayerNormalizationParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", -1));
  VERNIER_ASSIGN(params->epsilon, attributes.get_float("epsilon", 1e-5F));
  VERNIER_ASSIGN(params->stash_type, attributes.get_dtype("stash_type", DType::float32));
  if (params->stash_type != DType::float32 && params->stash_type != DType::bfloat16) {
    return invalid_model("attribute 'stash_type' names neither float nor bfloat16", "E-MODEL-ATTR");
  }
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<LayerNormalizationParams>(context);
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_float(x, "input"));
  VERNIER_TRY(check_broadcast_input(context, 1, "scale"));
  if (context.has_input(2)) VERNIER_TRY(check_broadcast_input(context, 2, "bias"));
  ValueType statistic = x;
  statistic.dtype = params.stash_type;
  if (x.ranked) {
    VERNIER_ASSIGN(const std::size_t axis, normalize_axis(params.axis, x.rank()));
    for (std::size_t i = axis; i < x.rank(); ++i) statistic.dims[i] = Dim::known(1);
  }
  context.set_output(0, x);
  for (std::size_t i = 1; i < 3; ++i) {
    if (context.has_output(i)) context.set_output(i, statistic);
  }
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<LayerNormalizationParams>(context);
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const NormalizedRows rows, resolve_rows(params.axis, x.shape));
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, x.element_count()));
  VERNIER_TRY(load_doubles(x, values));
  VERNIER_ASSIGN(const double* scale, broadcast_input(context, 1, x.shape));
  const double* bias = nullptr;
  if (context.has_input(2)) {
    VERNIER_ASSIGN(bias, broadcast_input(context, 2, x.shape));
  }
  VERNIER_ASSIGN(double* means, scratch_array<double>(context, rows.rows));
  VERNIER_ASSIGN(double* inverse, scratch_array<double>(context, rows.rows));
  const auto n = static_cast<double>(rows.row);
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    double* row = values + r * rows.row;
    double mean = 0.0;
    for (std::int64_t i = 0; i < rows.row; ++i) mean += row[i];
    mean /= n;
    double variance = 0.0;
    for (std::int64_t i = 0; i < rows.row; ++i) variance += (row[i] - mean) * (row[i] - mean);
    means[r] = mean;
    inverse[r] = 1.0 / std::sqrt(variance / n + static_cast<double>(params.epsilon));
    for (std::int64_t i = 0; i < rows.row; ++i) {
      const std::int64_t at = r * rows.row + i;
      row[i] = (row[i] - mean) * inverse[r] * scale[at] + (bias != nullptr ? bias[at] : 0.0);
    }
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  VERNIER_TRY(store_doubles(values, y));
  Shape kept = x.shape;
  for (std::size_t i = rows.axis; i < kept.size(); ++i) kept[i] = 1;
  for (std::size_t i = 1; i < 3; ++i) {
    if (!context.has_output(i)) continue;
    VERNIER_ASSIGN(const MutTensorView out, context.output(i, params.stash_type, kept));
    VERNIER_TRY(store_doubles(i == 1 ? means : inverse, out));
  }
  return {};
}

}  // namespace

const OpDef layer_normalization_op{
    .domain = "",
    .name = "LayerNormalization",
    .since_version = 17,
    .inputs = {2, 3},
    .outputs = {1, 3},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
