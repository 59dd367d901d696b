#include "ops/cosh.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double cosh_value(double x, const OpParams&) { return std::cosh(x); }

}  // namespace

const OpDef cosh_op = real_unary_op<cosh_value>("Cosh", 22);

}  // namespace vernier
