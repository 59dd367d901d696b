#include "ops/instance_normalization.h"

#include <memory>

#include "ops/channel_normalization.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<InstanceNormalizationParams>();
  VERNIER_ASSIGN(params->epsilon, attributes.get_float("epsilon", 1e-5F));
  return Params(std::move(params));
}

Result<void> reference(EvalContext& context) {
  if (context.input(0).rank() < 2) return shape_error("input needs at least 2 dims");
  return normalize_groups(context, 1, params_as<InstanceNormalizationParams>(context).epsilon);
}

}  // namespace

const OpDef instance_normalization_op{
    .domain = "",
    .name = "InstanceNormalization",
    .since_version = 6,
    .inputs = {3, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer_channel_normalization,
    .reference = reference,
};

}  // namespace vernier
