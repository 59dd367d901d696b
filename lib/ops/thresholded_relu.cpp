#include "ops/thresholded_relu.h"

#include <cmath>

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double thresholded_relu_value(double x, const OpParams& params) {
  const auto& p = static_cast<const ThresholdedReluParams&>(params);
  const double a = static_cast<double>(p.alpha);
  return x <= a ? 0.0 : x;
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ThresholdedReluParams>();
  VERNIER_ASSIGN(params->alpha, attributes.get_float("alpha", params->alpha));
  return Params(std::move(params));
}

}  // namespace

const OpDef thresholded_relu_op =
    real_unary_op<thresholded_relu_value>("ThresholdedRelu", 22, parse);

}  // namespace vernier
