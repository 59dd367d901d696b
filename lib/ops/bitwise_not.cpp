#include "ops/bitwise_not.h"

#include "ops/unary.h"

namespace vernier {
namespace {

template <class T>
T invert(T x, const OpParams&) {
  return ~x;
}
Result<void> reference(EvalContext& context) {
  return map_unary(context, {.signed_int = unary_row<std::int64_t, invert<std::int64_t>>,
                             .unsigned_int = unary_row<std::uint64_t, invert<std::uint64_t>>});
}

}  // namespace

const OpDef bitwise_not_op = {.domain = "",
                              .name = "BitwiseNot",
                              .since_version = 18,
                              .traits = {.elementwise = true},
                              .parse = parse_no_attributes,
                              .infer = infer_unary<kInts>,
                              .reference = reference};

}  // namespace vernier
