#include "ops/bit_shift.h"

#include "ops/binary.h"

namespace vernier {
namespace {

std::uint64_t shift(std::uint64_t a, std::uint64_t b, const OpParams& params) {
  if (b >= 64) return 0;
  return static_cast<const BitShiftParams&>(params).left ? a << b : a >> b;
}
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<BitShiftParams>();
  VERNIER_ASSIGN(const std::string direction, attributes.get_string("direction", ""));
  if (direction != "LEFT" && direction != "RIGHT") {
    return attr_error("direction must be LEFT or RIGHT");
  }
  params->left = direction == "LEFT";
  return Params(std::move(params));
}
Result<void> reference(EvalContext& context) {
  return eval_binary(context, {.unsigned_int = binary_row<std::uint64_t, shift>});
}

}  // namespace

const OpDef bit_shift_op = {.domain = "",
                            .name = "BitShift",
                            .since_version = 11,
                            .inputs = {2, 2},
                            .traits = {.elementwise = true},
                            .parse = parse,
                            .infer = infer_binary_of<kUnsignedInts>,
                            .reference = reference};

}  // namespace vernier
