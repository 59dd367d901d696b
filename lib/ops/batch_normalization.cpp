#include "ops/batch_normalization.h"

#include <cmath>
#include <memory>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr const char* kNames[] = {"input", "scale", "B", "mean", "variance"};

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<BatchNormalizationParams>();
  VERNIER_ASSIGN(params->epsilon, attributes.get_float("epsilon", 1e-5F));
  attributes.ignore("momentum");  // only moves the running statistics in training
  VERNIER_ASSIGN(const bool training, attributes.get_bool("training_mode", false));
  if (training) return unsupported("training_mode 1 is not supported");
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_float(x, "input"));
  VERNIER_TRY(check_rank(x, 1, kMaxRank, "input"));
  if (context.output_count() > 1 && context.has_output(1)) {
    return unsupported("the training outputs are not supported");
  }
  const Dim channels = !x.ranked ? Dim::unknown() : x.rank() == 1 ? Dim::known(1) : x.dims[1];
  for (std::size_t i = 1; i < 5; ++i) {
    VERNIER_TRY(check_float(context.input(i), kNames[i]));
    VERNIER_TRY(check_rank(context.input(i), 1, 1, kNames[i]));
    VERNIER_TRY(check_dim(context.input(i), 0, channels, kNames[i]));
  }
  context.set_output(0, x);
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const auto epsilon = static_cast<double>(params_as<BatchNormalizationParams>(context).epsilon);
  const std::int64_t batch = x.rank() == 0 ? 1 : x.shape[0];
  const std::int64_t channels = x.rank() < 2 ? 1 : x.shape[1];
  const double* stats[5] = {};
  for (std::size_t i = 1; i < 5; ++i) {
    if (context.input(i).element_count() != channels) {
      return invalid_model(std::string(kNames[i]) + " is " + describe(context.input(i)) +
                               ", expected " + std::to_string(channels) + " elements",
                           "E-MODEL-SHAPE");
    }
    VERNIER_ASSIGN(stats[i], dense_doubles(context, context.input(i)));
  }
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, count));
  VERNIER_TRY(load_doubles(x, values));
  const std::int64_t plane = count == 0 ? 0 : count / (batch * channels);
  double* at = values;
  for (std::int64_t n = 0; n < batch && count > 0; ++n) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const double root = std::sqrt(stats[4][c] + epsilon);
      for (std::int64_t i = 0; i < plane; ++i, ++at) {
        *at = (*at - stats[3][c]) / root * stats[1][c] + stats[2][c];
      }
    }
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  return store_doubles(values, y);
}

}  // namespace

const OpDef batch_normalization_op{
    .domain = "",
    .name = "BatchNormalization",
    .since_version = 9,
    .inputs = {5, 5},
    .outputs = {1, 3},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
