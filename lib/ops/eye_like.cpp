#include "ops/eye_like.h"

#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<EyeLikeParams>();
  VERNIER_ASSIGN(params->dtype, attributes.get_dtype("dtype", DType::undefined));
  VERNIER_ASSIGN(params->k, attributes.get_int("k", 0));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kNumbers | kBool));
  VERNIER_TRY(check_rank(context, 0, 2));
  ValueType type = context.input(0);
  const DType dtype = params_as<EyeLikeParams>(context).dtype;
  if (dtype != DType::undefined) type.dtype = dtype;
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const auto& params = params_as<EyeLikeParams>(context);
  if (x.rank() != 2) return data_shape_error("a matrix is expected");
  const DType dtype = params.dtype == DType::undefined ? x.dtype : params.dtype;
  if (lane_of(dtype) == Lane::none) return unsupported_dtype(dtype);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, dtype, x.shape));
  for (std::int64_t row = 0; row < x.shape[0]; ++row) {
    const auto diagonal = checked_add(row, params.k);
    for (std::int64_t column = 0; column < x.shape[1]; ++column) {
      const std::int64_t value = diagonal && *diagonal == column ? 1 : 0;
      store_row(dtype, element_ptr(y, row * y.strides[0] + column * y.strides[1]), 0, 1, &value);
    }
  }
  return {};
}

}  // namespace

const OpDef eye_like_op = {.domain = "",
                           .name = "EyeLike",
                           .since_version = 9,
                           .parse = parse,
                           .infer = infer,
                           .reference = reference};

}  // namespace vernier
