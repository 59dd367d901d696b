#include "ops/rms_normalization.h"

#include <cmath>
#include <memory>

#include "ops/dense.h"
#include "ops/row_normalization.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<RmsNormalizationParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", -1));
  VERNIER_ASSIGN(params->epsilon, attributes.get_float("epsilon", 1e-5F));
  attributes.ignore("stash_type");  // the precision inside; there is no output that shows it
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_float(x, "input"));
  VERNIER_TRY(check_broadcast_input(context, 1, "scale"));
  if (x.ranked) {
    VERNIER_TRY(normalize_axis(params_as<RmsNormalizationParams>(context).axis, x.rank()));
  }
  ValueType y = x;
  if (context.input(1).dtype != DType::undefined) y.dtype = context.input(1).dtype;
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<RmsNormalizationParams>(context);
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const NormalizedRows rows, resolve_rows(params.axis, x.shape));
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, x.element_count()));
  VERNIER_TRY(load_doubles(x, values));
  VERNIER_ASSIGN(const double* scale, broadcast_input(context, 1, x.shape));
  for (std::int64_t r = 0; r < rows.rows; ++r) {
    double* row = values + r * rows.row;
    double sum = 0.0;
    for (std::int64_t i = 0; i < rows.row; ++i) sum += row[i] * row[i];
    const double mean = sum / static_cast<double>(rows.row);
    const double inverse = 1.0 / std::sqrt(mean + static_cast<double>(params.epsilon));
    for (std::int64_t i = 0; i < rows.row; ++i) row[i] *= inverse * scale[r * rows.row + i];
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, context.input(1).dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace

const OpDef rms_normalization_op{
    .domain = "",
    .name = "RMSNormalization",
    .since_version = 23,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
