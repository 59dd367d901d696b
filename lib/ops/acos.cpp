#include "ops/acos.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double acos_value(double x, const OpParams&) { return std::acos(x); }

}  // namespace

const OpDef acos_op = real_unary_op<acos_value>("Acos", 22);

}  // namespace vernier
