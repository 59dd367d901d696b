#include "ops/leaky_relu.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double leaky_relu_value(double x, const OpParams& params) {
  const auto& p = static_cast<const LeakyReluParams&>(params);
  const double a = static_cast<double>(p.alpha);
  return x < 0.0 ? a * x : x;
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<LeakyReluParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  return Params(std::move(params));
}

}  // namespace

const OpDef leaky_relu_op = real_unary_op<leaky_relu_value>("LeakyRelu", 16, parse);

}  // namespace vernier
