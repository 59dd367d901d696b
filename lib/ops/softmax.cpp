#include "ops/softmax.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

void line(double* values, std::int64_t count, std::int64_t stride) {
  double highest = values[0];
  for (std::int64_t i = 1; i < count; ++i) highest = std::max(highest, values[i * stride]);
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) {
    double& value = values[i * stride];
    value = std::exp(value - highest);
    sum += value;
  }
  for (std::int64_t i = 0; i < count; ++i) values[i * stride] /= sum;
}

Result<void> reference(EvalContext& context) { return reference_over_axis(context, line); }

}  // namespace

const OpDef softmax_op{
    .domain = "",
    .name = "Softmax",
    .since_version = 13,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_softmax,
    .infer = infer_softmax,
    .reference = reference,
};

}  // namespace vernier
