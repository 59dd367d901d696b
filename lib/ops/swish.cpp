#include "ops/swish.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double swish_value(double x, const OpParams& params) {
  const auto& p = static_cast<const SwishParams&>(params);
  const double a = static_cast<double>(p.alpha);
  return x * sigmoid_of(a * x);
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<SwishParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  return Params(std::move(params));
}

}  // namespace

const OpDef swish_op = real_unary_op<swish_value>("Swish", 24, parse);

}  // namespace vernier
