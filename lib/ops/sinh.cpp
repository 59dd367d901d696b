#include "ops/sinh.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double sinh_value(double x, const OpParams&) { return std::sinh(x); }

}  // namespace

const OpDef sinh_op = real_unary_op<sinh_value>("Sinh", 22);

}  // namespace vernier
