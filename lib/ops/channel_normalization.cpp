#include "ops/channel_normalization.h"

#include <cmath>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {

Result<void> infer_channel_normalization(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_float(x, "input"));
  VERNIER_TRY(check_rank(x, 2, kMaxRank, "input"));
  static constexpr const char* kNames[] = {"input", "scale", "bias"};
  for (std::size_t i = 1; i < 3; ++i) {
    VERNIER_TRY(check_same_dtype(x, "input", context.input(i), kNames[i]));
    VERNIER_TRY(check_rank(context.input(i), 1, 1, kNames[i]));
    VERNIER_TRY(check_dim(context.input(i), 0, x.ranked ? x.dims[1] : Dim::unknown(), kNames[i]));
  }
  context.set_output(0, x);
  return {};
}

Result<void> normalize_groups(EvalContext& context, std::int64_t channels_per_group,
                              float epsilon) {
  const TensorView& x = context.input(0);
  const std::int64_t channels = x.shape[1];
  for (std::size_t i = 1; i < 3; ++i) {
    if (context.input(i).element_count() != channels) {
      return shape_error("scale and bias need " + std::to_string(channels) + " elements");
    }
  }
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(const double* scale, dense_doubles(context, context.input(1)));
  VERNIER_ASSIGN(const double* bias, dense_doubles(context, context.input(2)));
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(x, values));
  const std::int64_t plane = count == 0 ? 0 : count / (x.shape[0] * channels);
  const std::int64_t size = plane * channels_per_group;
  for (std::int64_t first = 0; first < count; first += size) {
    double* group = values + first;
    double mean = 0.0;
    for (std::int64_t i = 0; i < size; ++i) mean += group[i];
    mean /= static_cast<double>(size);
    double variance = 0.0;
    for (std::int64_t i = 0; i < size; ++i) variance += (group[i] - mean) * (group[i] - mean);
    variance /= static_cast<double>(size);
    const double inverse = 1.0 / std::sqrt(variance + static_cast<double>(epsilon));
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t channel = (first + i) / plane % channels;
      group[i] = (group[i] - mean) * inverse * scale[channel] + bias[channel];
    }
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace vernier
