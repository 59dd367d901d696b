#include "ops/hard_swish.h"

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double hard_swish_value(double x, const OpParams&) { return x * clip_of(x / 6.0 + 0.5, 0.0, 1.0); }

}  // namespace

const OpDef hard_swish_op = real_unary_op<hard_swish_value>("HardSwish", 22);

}  // namespace vernier
