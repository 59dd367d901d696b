#include "ops/mish.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double mish_value(double x, const OpParams&) {
  return x * std::tanh(std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))));
}

}  // namespace

const OpDef mish_op = real_unary_op<mish_value>("Mish", 22);

}  // namespace vernier
