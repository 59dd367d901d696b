#include "ops/cos.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double cos_value(double x, const OpParams&) { return std::cos(x); }

}  // namespace

const OpDef cos_op = real_unary_op<cos_value>("Cos", 22);

}  // namespace vernier
