#include "ops/mean_variance_normalization.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<MeanVarianceNormalizationParams>();
  VERNIER_ASSIGN(params->axes, attributes.get_ints("axes", {0, 2, 3}));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(infer_same_float(context));
  const ValueType& x = context.input(0);
  if (!x.ranked) return {};
  VERNIER_TRY(axis_flags(params_as<MeanVarianceNormalizationParams>(context).axes, x.rank()));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const auto reduced,
                 axis_flags(params_as<MeanVarianceNormalizationParams>(context).axes, x.rank()));
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(x, values));
  // One statistic per index of the kept axes; reduced axes have stride 0.
  Shape kept = x.shape;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (reduced[i]) kept[i] = 1;
  }
  const std::int64_t groups = element_count(kept);
  const Strides to_group = broadcast_strides(kept, dense_strides(kept), x.shape);
  VERNIER_ASSIGN(double* mean, scratch_array<double>(context, groups));
  VERNIER_ASSIGN(double* variance, scratch_array<double>(context, groups));
  std::fill(mean, mean + groups, 0.0);
  std::fill(variance, variance + groups, 0.0);
  const double size = groups == 0 ? 1.0 : static_cast<double>(count / groups);
  const auto each = [&](auto&& f) {
    std::int64_t at = 0;
    for_each_offset<1>(x.shape, {to_group}, [&](const auto& group) { f(at++, group[0]); });
  };
  each([&](std::int64_t at, std::int64_t group) { mean[group] += values[at] / size; });
  each([&](std::int64_t at, std::int64_t group) {
    const double distance = values[at] - mean[group];
    variance[group] += distance * distance / size;
  });
  each([&](std::int64_t at, std::int64_t group) {
    values[at] = (values[at] - mean[group]) / (std::sqrt(variance[group]) + 1e-9);
  });
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace

const OpDef mean_variance_normalization_op{
    .domain = "",
    .name = "MeanVarianceNormalization",
    .since_version = 9,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
