#include "ops/size.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  context.set_output(0, ValueType::of(DType::int64, std::vector<Dim>{}));
  const ValueType& x = context.input(0);
  if (!x.ranked) return {};
  Dim count = Dim::known(1);
  for (const Dim& dim : x.dims) count = mul_dims(count, dim);
  state_ints(context, {count});
  return {};
}
Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, DType::int64, Shape{}));
  *y.as<std::int64_t>() = context.input(0).element_count();
  return {};
}

}  // namespace

const OpDef size_op = {.domain = "",
                       .name = "Size",
                       .since_version = 13,
                       .parse = parse_no_attributes,
                       .infer = infer,
                       .reference = reference};

}  // namespace vernier
