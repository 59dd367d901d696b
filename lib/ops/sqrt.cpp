#include "ops/sqrt.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double sqrt_value(double x, const OpParams&) { return std::sqrt(x); }

}  // namespace

const OpDef sqrt_op = real_unary_op<sqrt_value>("Sqrt", 13);

}  // namespace vernier
