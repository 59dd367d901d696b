#include "ops/softplus.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double softplus_value(double x, const OpParams&) {
  return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
}

}  // namespace

const OpDef softplus_op = real_unary_op<softplus_value>("Softplus", 22);

}  // namespace vernier
