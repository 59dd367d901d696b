#include "ops/elu.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double elu_value(double x, const OpParams& params) {
  const auto& p = static_cast<const EluParams&>(params);
  const double a = static_cast<double>(p.alpha);
  return x < 0.0 ? a * std::expm1(x) : x;
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<EluParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  return Params(std::move(params));
}

}  // namespace

const OpDef elu_op = real_unary_op<elu_value>("Elu", 22, parse);

}  // namespace vernier
