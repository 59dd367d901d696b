#include "ops/prelu.h"

#include "ops/binary.h"

namespace vernier {
namespace {

double prelu(double x, double slope, const OpParams&) { return x < 0.0 ? slope * x : x; }
template <class T>
T prelu_int(T x, T slope, const OpParams&) {
  return x < T{0} ? wrapping_mul(slope, x) : x;
}
constexpr DTypeSet kAllowed =
    kFloats | dtype_set(DType::int32, DType::int64, DType::uint32, DType::uint64);
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAllowed));
  VERNIER_TRY(check_dtype(context, 1, kAllowed));
  VERNIER_TRY(check_same_dtype(context, 0, 1));
  const ValueType& x = context.input(0);
  VERNIER_ASSIGN(const ValueType both, broadcast_types(x, context.input(1), x.dtype));
  if (both.ranked && both.rank() > x.rank()) {
    return shape_error("the slope has more dims than the input");
  }
  context.set_output(0, x);
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const Shape shape, broadcast_shapes(x.shape, context.input(1).shape));
  if (!(shape == x.shape)) return data_shape_error("the slope does not broadcast to the input");
  return eval_binary(context,
                     kBinaryRows<prelu, prelu_int<std::int64_t>, prelu_int<std::uint64_t>>);
}

}  // namespace

const OpDef prelu_op = {.domain = "",
                        .name = "PRelu",
                        .since_version = 16,
                        .inputs = {2, 2},
                        .traits = {.elementwise = true},
                        .parse = parse_no_attributes,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
