#include "ops/log_softmax.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

void line(double* values, std::int64_t count, std::int64_t stride) {
  double highest = values[0];
  for (std::int64_t i = 1; i < count; ++i) highest = std::max(highest, values[i * stride]);
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) sum += std::exp(values[i * stride] - highest);
  const double shift = highest + std::log(sum);
  for (std::int64_t i = 0; i < count; ++i) values[i * stride] -= shift;
}

Result<void> reference(EvalContext& context) { return reference_over_axis(context, line); }

}  // namespace

const OpDef log_softmax_op{
    .domain = "",
    .name = "LogSoftmax",
    .since_version = 13,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_softmax,
    .infer = infer_softmax,
    .reference = reference,
};

}  // namespace vernier
