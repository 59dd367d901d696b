#include "ops/atan.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double atan_value(double x, const OpParams&) { return std::atan(x); }

}  // namespace

const OpDef atan_op = real_unary_op<atan_value>("Atan", 22);

}  // namespace vernier
