#include "ops/asinh.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double asinh_value(double x, const OpParams&) { return std::asinh(x); }

}  // namespace

const OpDef asinh_op = real_unary_op<asinh_value>("Asinh", 22);

}  // namespace vernier
