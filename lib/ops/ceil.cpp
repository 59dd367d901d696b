#include "ops/ceil.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double ceil_value(double x, const OpParams&) { return std::ceil(x); }

}  // namespace

const OpDef ceil_op = real_unary_op<ceil_value>("Ceil", 13);

}  // namespace vernier
