#include "ops/gelu.h"

#include "ops/activation.h"
#include "ops/unary.h"

namespace vernier {
namespace {

double gelu_value(double x, const OpParams& params) {
  return static_cast<const GeluParams&>(params).tanh_approximation ? gelu_tanh_of(x)
                                                                   : gelu_erf_of(x);
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GeluParams>();
  VERNIER_ASSIGN(const std::string kind, attributes.get_string("approximate", "none"));
  if (kind != "none" && kind != "tanh") return attr_error("approximate must be none or tanh");
  params->tanh_approximation = kind == "tanh";
  return Params(std::move(params));
}

}  // namespace

const OpDef gelu_op = real_unary_op<gelu_value>("Gelu", 20, parse);

}  // namespace vernier
