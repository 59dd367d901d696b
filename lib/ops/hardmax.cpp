#include "ops/hardmax.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

void line(double* values, std::int64_t count, std::int64_t stride) {
  std::int64_t winner = 0;
  for (std::int64_t i = 1; i < count; ++i) {
    if (values[i * stride] > values[winner * stride]) winner = i;
  }
  for (std::int64_t i = 0; i < count; ++i) values[i * stride] = i == winner ? 1.0 : 0.0;
}

Result<void> reference(EvalContext& context) { return reference_over_axis(context, line); }

}  // namespace

const OpDef hardmax_op{
    .domain = "",
    .name = "Hardmax",
    .since_version = 13,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_softmax,
    .infer = infer_softmax,
    .reference = reference,
};

}  // namespace vernier
