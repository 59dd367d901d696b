#include "ops/acosh.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double acosh_value(double x, const OpParams&) { return std::acosh(x); }

}  // namespace

const OpDef acosh_op = real_unary_op<acosh_value>("Acosh", 22);

}  // namespace vernier
