#include "ops/where.h"

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kBool));
  VERNIER_TRY(check_dtype(context, 1, kAnyDType));
  VERNIER_TRY(check_dtype(context, 2, kAnyDType));
  VERNIER_TRY(check_same_dtype(context, 1, 2));
  const DType dtype = common_dtype(context, 1, 2);
  VERNIER_ASSIGN(ValueType type, broadcast_types(context.input(1), context.input(2), dtype));
  VERNIER_ASSIGN(type, broadcast_types(context.input(0), type, dtype));
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& condition = context.input(0);
  const TensorView& x = context.input(1);
  const TensorView& y = context.input(2);
  VERNIER_ASSIGN(Shape shape, broadcast_shapes(x.shape, y.shape));
  VERNIER_ASSIGN(shape, broadcast_shapes(shape, condition.shape));
  VERNIER_ASSIGN(const MutTensorView z, context.output(0, x.dtype, shape));
  const ElementCopy copy = element_copy(x.dtype);
  for_each_offset<4>(shape,
                     {broadcast_strides(condition.shape, condition.strides, shape),
                      broadcast_strides(x.shape, x.strides, shape),
                      broadcast_strides(y.shape, y.strides, shape), z.strides},
                     [&](const auto& at) {
                       copy(element_ptr(z, at[3]), condition.as<bool>()[at[0]]
                                                       ? element_ptr(x, at[1])
                                                       : element_ptr(y, at[2]));
                     });
  return {};
}

}  // namespace

const OpDef where_op = {.domain = "",
                        .name = "Where",
                        .since_version = 16,
                        .inputs = {3, 3},
                        .outputs = {1, 1},
                        .traits = {.elementwise = true},
                        .parse = parse_no_attributes,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
