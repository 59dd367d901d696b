#include "ops/mod.h"

#include <cmath>

#include "ops/binary.h"

namespace vernier {
namespace {

double mod(double a, double b, const OpParams& params) {
  const double r = std::fmod(a, b);
  if (static_cast<const ModParams&>(params).fmod) return r;
  if (r == 0.0) return std::copysign(0.0, b);
  return (r < 0.0) != (b < 0.0) ? r + b : r;
}
std::int64_t mod_signed(std::int64_t a, std::int64_t b, const OpParams& params) {
  if (b == -1) return 0;
  const std::int64_t r = a % b;
  if (static_cast<const ModParams&>(params).fmod || r == 0) return r;
  return (r < 0) != (b < 0) ? r + b : r;
}
std::uint64_t mod_unsigned(std::uint64_t a, std::uint64_t b, const OpParams&) { return a % b; }
Dim mod_dims(const Dim& a, const Dim& b) {
  if (!a.is_known() || !b.is_known() || b.value == 0) return Dim::unknown();
  return Dim::known(a.value % b.value);
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ModParams>();
  VERNIER_ASSIGN(params->fmod, attributes.get_bool("fmod", false));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) { return infer_binary(context, kNumbers, mod_dims); }
Result<void> reference(EvalContext& context) {
  VERNIER_TRY(check_divisor(context.input(1)));
  return eval_binary(context, kBinaryRows<mod, mod_signed, mod_unsigned>);
}

}  // namespace

const OpDef mod_op = {.domain = "",
                      .name = "Mod",
                      .since_version = 13,
                      .inputs = {2, 2},
                      .traits = {.elementwise = true},
                      .parse = parse,
                      .infer = infer,
                      .reference = reference};

}  // namespace vernier
