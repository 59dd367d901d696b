#include "ops/sin.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double sin_value(double x, const OpParams&) { return std::sin(x); }

}  // namespace

const OpDef sin_op = real_unary_op<sin_value>("Sin", 22);

}  // namespace vernier
