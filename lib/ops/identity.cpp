#include "ops/identity.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  context.set_output(0, context.input(0));
  if (auto elements = context.known_ints(0)) context.set_known_ints(0, std::move(*elements));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  copy_elements(x, y);
  return {};
}

}  // namespace

const OpDef identity_op = {.domain = "",
                           .name = "Identity",
                           .since_version = 1,
                           .traits = {.elementwise = true},
                           .parse = parse_no_attributes,
                           .infer = infer,
                           .reference = reference};

}  // namespace vernier
