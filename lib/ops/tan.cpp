#include "ops/tan.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double tan_value(double x, const OpParams&) { return std::tan(x); }

}  // namespace

const OpDef tan_op = real_unary_op<tan_value>("Tan", 22);

}  // namespace vernier
