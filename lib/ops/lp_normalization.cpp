#include "ops/lp_normalization.h"

#include <cmath>
#include <memory>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<LpNormalizationParams>();
  VERNIER_ASSIGN(params->axis, attributes.get_int("axis", -1));
  VERNIER_ASSIGN(params->p, attributes.get_int_in("p", 2, 1, 2));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(infer_same_float(context));
  const ValueType& x = context.input(0);
  if (!x.ranked) return {};
  VERNIER_TRY(normalize_axis(params_as<LpNormalizationParams>(context).axis, x.rank()));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<LpNormalizationParams>(context);
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const std::size_t axis, normalize_axis(params.axis, x.rank()));
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(x, values));
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < x.rank(); ++i) inner *= x.shape[i];
  const std::int64_t length = x.shape[axis];
  const std::int64_t lines = count == 0 ? 0 : count / length;
  for (std::int64_t line = 0; line < lines; ++line) {
    double* first = values + line / inner * length * inner + line % inner;
    double sum = 0.0;
    for (std::int64_t i = 0; i < length; ++i) {
      const double value = first[i * inner];
      sum += params.p == 1 ? std::fabs(value) : value * value;
    }
    const double norm = params.p == 1 ? sum : std::sqrt(sum);
    for (std::int64_t i = 0; i < length; ++i) {
      first[i * inner] = norm == 0.0 ? 0.0 : first[i * inner] / norm;
    }
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace

const OpDef lp_normalization_op{
    .domain = "",
    .name = "LpNormalization",
    .since_version = 1,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
