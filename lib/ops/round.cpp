#include "ops/round.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double round_value(double x, const OpParams&) { return std::nearbyint(x); }

}  // namespace

const OpDef round_op = real_unary_op<round_value>("Round", 11);

}  // namespace vernier
