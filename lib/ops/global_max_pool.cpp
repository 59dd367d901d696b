#include "ops/global_max_pool.h"

#include <cmath>
#include <limits>
#include <memory>

#include "ops/global_pool.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader&, int) { return Params(std::make_shared<NoParams>()); }

Result<void> reference(EvalContext& context) {
  return reduce_planes(context, [](const double* plane, std::int64_t count) {
    double best = -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < count; ++i) {
      if (plane[i] > best || std::isnan(plane[i])) best = plane[i];
    }
    return best;
  });
}

}  // namespace

const OpDef global_max_pool_op{
    .domain = "",
    .name = "GlobalMaxPool",
    .since_version = 1,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer_global_pool,
    .reference = reference,
};

}  // namespace vernier
