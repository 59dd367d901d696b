#include "ops/log.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double log_value(double x, const OpParams&) { return std::log(x); }

}  // namespace

const OpDef log_op = real_unary_op<log_value>("Log", 13);

}  // namespace vernier
