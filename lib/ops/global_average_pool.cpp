#include "ops/global_average_pool.h"

#include <memory>

#include "ops/global_pool.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader&, int) { return Params(std::make_shared<NoParams>()); }

Result<void> reference(EvalContext& context) {
  return reduce_planes(context, [](const double* plane, std::int64_t count) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < count; ++i) sum += plane[i];
    return sum / static_cast<double>(count);
  });
}

}  // namespace

const OpDef global_average_pool_op{
    .domain = "",
    .name = "GlobalAveragePool",
    .since_version = 1,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer_global_pool,
    .reference = reference,
};

}  // namespace vernier
