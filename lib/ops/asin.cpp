#include "ops/asin.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double asin_value(double x, const OpParams&) { return std::asin(x); }

}  // namespace

const OpDef asin_op = real_unary_op<asin_value>("Asin", 22);

}  // namespace vernier
