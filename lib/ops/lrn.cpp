#include "ops/lrn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<LrnParams>();
  if (!attributes.has("size")) return attr_error("size is missing");
  VERNIER_ASSIGN(params->size,
                 attributes.get_int_in("size", 1, 1, std::numeric_limits<std::int32_t>::max()));
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", 1e-4F));
  VERNIER_ASSIGN(params->beta, attributes.get_float("beta", 0.75F));
  VERNIER_ASSIGN(params->bias, attributes.get_float("bias", 1.0F));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_rank(context.input(0), 2, kMaxRank, "input"));
  return infer_same_float(context);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<LrnParams>(context);
  const TensorView& x = context.input(0);
  if (x.rank() < 2) return shape_error("input needs at least 2 dims");
  const std::int64_t count = x.element_count();
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  const std::int64_t channels = x.shape[1];
  const std::int64_t plane = count == 0 ? 0 : count / (x.shape[0] * channels);
  const std::int64_t before = (params.size - 1) / 2;
  const std::int64_t after = params.size - 1 - before;
  const double factor = static_cast<double>(params.alpha) / static_cast<double>(params.size);
  for (std::int64_t at = 0; at < count; ++at) {
    const std::int64_t channel = at / plane % channels;
    const std::int64_t low = std::max<std::int64_t>(channel - before, 0);
    const std::int64_t high = std::min(channel + after, channels - 1);
    double sum = 0.0;
    for (std::int64_t c = low; c <= high; ++c) {
      const double value = xs[at + (c - channel) * plane];
      sum += value * value;
    }
    ys[at] = xs[at] / std::pow(static_cast<double>(params.bias) + factor * sum,
                               static_cast<double>(params.beta));
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef lrn_op{
    .domain = "",
    .name = "LRN",
    .since_version = 1,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
