#include "ops/bitwise_or.h"

#include "ops/binary.h"

namespace vernier {
namespace {

template <class T>
T bits(T a, T b, const OpParams&) {
  return a | b;
}
Result<void> reference(EvalContext& context) {
  return eval_binary(context, {.signed_int = binary_row<std::int64_t, bits<std::int64_t>>,
                               .unsigned_int = binary_row<std::uint64_t, bits<std::uint64_t>>});
}

}  // namespace

const OpDef bitwise_or_op = binary_op("BitwiseOr", 18, true, infer_binary_of<kInts>, reference);

}  // namespace vernier
