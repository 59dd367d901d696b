#include "ops/celu.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double celu_value(double x, const OpParams& params) {
  const auto& p = static_cast<const CeluParams&>(params);
  const double a = static_cast<double>(p.alpha);
  return x < 0.0 ? a * std::expm1(x / a) : x;
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<CeluParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  return Params(std::move(params));
}

}  // namespace

const OpDef celu_op = real_unary_op<celu_value>("Celu", 12, parse);

}  // namespace vernier
