#include "ops/not.h"

#include "ops/unary.h"

namespace vernier {
namespace {

std::uint64_t negate(std::uint64_t x, const OpParams&) { return x == 0 ? 1 : 0; }
Result<void> reference(EvalContext& context) {
  return map_unary(context, {.unsigned_int = unary_row<std::uint64_t, negate>});
}

}  // namespace

const OpDef not_op = {.domain = "",
                      .name = "Not",
                      .since_version = 1,
                      .traits = {.elementwise = true},
                      .parse = parse_no_attributes,
                      .infer = infer_unary<kBool>,
                      .reference = reference};

}  // namespace vernier
