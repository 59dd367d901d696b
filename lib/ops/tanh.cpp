#include "ops/tanh.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double tanh_value(double x, const OpParams&) { return std::tanh(x); }

}  // namespace

const OpDef tanh_op = real_unary_op<tanh_value>("Tanh", 13);

}  // namespace vernier
