#include "ops/hard_sigmoid.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double hard_sigmoid_value(double x, const OpParams& params) {
  const auto& p = static_cast<const HardSigmoidParams&>(params);
  const double a = static_cast<double>(p.alpha);
  const double b = static_cast<double>(p.beta);
  return clip_of(a * x + b, 0.0, 1.0);
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<HardSigmoidParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  VERNIER_ASSIGN(params->beta, attributes.get_float("beta", params->beta));
  return Params(std::move(params));
}

}  // namespace

const OpDef hard_sigmoid_op = real_unary_op<hard_sigmoid_value>("HardSigmoid", 22, parse);

}  // namespace vernier
