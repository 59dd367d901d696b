#include "ops/or.h"

#include "ops/binary.h"

namespace vernier {
namespace {

std::uint64_t logic(std::uint64_t a, std::uint64_t b, const OpParams&) {
  return a != 0 || b != 0 ? 1 : 0;
}
Result<void> reference(EvalContext& context) {
  return eval_binary(context, {.unsigned_int = binary_row<std::uint64_t, logic>});
}

}  // namespace

const OpDef or_op = binary_op("Or", 7, true, infer_binary_of<kBool>, reference);

}  // namespace vernier
