#include "ops/atanh.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double atanh_value(double x, const OpParams&) { return std::atanh(x); }

}  // namespace

const OpDef atanh_op = real_unary_op<atanh_value>("Atanh", 22);

}  // namespace vernier
