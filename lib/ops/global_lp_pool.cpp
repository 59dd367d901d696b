#include "ops/global_lp_pool.h"

#include <cmath>
#include <limits>
#include <memory>

#include "ops/global_pool.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GlobalLpPoolParams>();
  VERNIER_ASSIGN(params->p,
                 attributes.get_int_in("p", 2, 1, std::numeric_limits<std::int32_t>::max()));
  return Params(std::move(params));
}

Result<void> reference(EvalContext& context) {
  const auto p = static_cast<double>(params_as<GlobalLpPoolParams>(context).p);
  return reduce_planes(context, [p](const double* plane, std::int64_t count) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) sum += std::pow(std::fabs(plane[i]), p);
    return std::pow(sum, 1.0 / p);
  });
}

}  // namespace

const OpDef global_lp_pool_op{
    .domain = "",
    .name = "GlobalLpPool",
    .since_version = 2,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer_global_pool,
    .reference = reference,
};

}  // namespace vernier
