#include "ops/erf.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double erf_value(double x, const OpParams&) { return std::erf(x); }

}  // namespace

const OpDef erf_op = real_unary_op<erf_value>("Erf", 13);

}  // namespace vernier
