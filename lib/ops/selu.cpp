#include "ops/selu.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double selu_value(double x, const OpParams& params) {
  const auto& p = static_cast<const SeluParams&>(params);
  const double a = static_cast<double>(p.alpha);
  const double b = static_cast<double>(p.gamma);
  return x <= 0.0 ? b * (a * std::expm1(x)) : b * x;
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<SeluParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  VERNIER_ASSIGN(params->gamma, attributes.get_float("gamma", params->gamma));
  return Params(std::move(params));
}

}  // namespace

const OpDef selu_op = real_unary_op<selu_value>("Selu", 22, parse);

}  // namespace vernier
