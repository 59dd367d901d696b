#include "ops/group_normalization.h"

#include <limits>
#include <memory>

#include "ops/channel_normalization.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GroupNormalizationParams>();
  if (!attributes.has("num_groups")) return attr_error("num_groups is missing");
  VERNIER_ASSIGN(
      params->num_groups,
      attributes.get_int_in("num_groups", 1, 1, std::numeric_limits<std::int32_t>::max()));
  VERNIER_ASSIGN(params->epsilon, attributes.get_float("epsilon", 1e-5F));
  attributes.ignore("stash_type");  // the precision inside; there is no output that shows it
  return Params(std::move(params));
}

Result<void> check_groups(const GroupNormalizationParams& params, std::int64_t channels) {
  if (channels % params.num_groups == 0) return {};
  return shape_error("num_groups " + std::to_string(params.num_groups) + " does not divide " +
                     std::to_string(channels) + " channels");
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(infer_channel_normalization(context));
  const ValueType& x = context.input(0);
  if (!x.ranked || !x.dims[1].is_known()) return {};
  return check_groups(params_as<GroupNormalizationParams>(context), x.dims[1].value);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<GroupNormalizationParams>(context);
  const TensorView& x = context.input(0);
  if (x.rank() < 2) return shape_error("input needs at least 2 dims");
  VERNIER_TRY(check_groups(params, x.shape[1]));
  return normalize_groups(context, x.shape[1] / params.num_groups, params.epsilon);
}

}  // namespace

const OpDef group_normalization_op{
    .domain = "",
    .name = "GroupNormalization",
    .since_version = 21,
    .inputs = {3, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
