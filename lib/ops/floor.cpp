#include "ops/floor.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double floor_value(double x, const OpParams&) { return std::floor(x); }

}  // namespace

const OpDef floor_op = real_unary_op<floor_value>("Floor", 13);

}  // namespace vernier
