#include "ops/exp.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double exp_value(double x, const OpParams&) { return std::exp(x); }

}  // namespace

const OpDef exp_op = real_unary_op<exp_value>("Exp", 13);

}  // namespace vernier
