#include "ops/qtable.h"

#include "ops/dense.h"
#include "ops/quantized.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_bytes(context, 0));
  ValueType y = context.input(0);
  VERNIER_ASSIGN(y.dtype, infer_table(context, 1, y.dtype));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(double* values, centered(context, 0, 0));
  return store_quantized(context, {.dtype = x.dtype}, 1, x.shape, values);
}

}  // namespace

const OpDef qtable_op{
    .domain = "vernier",
    .name = "QTable",
    .since_version = 1,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_no_attributes,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
