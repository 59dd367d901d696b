#include "ops/dropout.h"

#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  attributes.ignore("seed");  // without meaning outside training
  return Params(std::make_shared<NoParams>());
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 2, kBool));
  ValueType type = context.input(0);
  context.set_output(0, type);
  type.dtype = DType::boolean;
  if (context.has_output(1)) context.set_output(1, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  if (context.has_input(2)) {
    const TensorView& training = context.input(2);
    if (training.dtype != DType::boolean || training.element_count() != 1) {
      return data_shape_error("training_mode must be one boolean");
    }
    double ratio = 0.5;
    if (context.has_input(1)) {
      const TensorView& given = context.input(1);
      if (lane_of(given.dtype) != Lane::real || given.element_count() != 1) {
        return data_shape_error("ratio must be one number");
      }
      load_row(given.dtype, given.data, 0, 1, &ratio);
    }
    if (*training.as<bool>() && ratio != 0.0) {
      return unsupported("training_mode is set; vernier runs inference only");
    }
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  copy_elements(x, y);
  if (!context.has_output(1)) return {};
  VERNIER_ASSIGN(const MutTensorView mask, context.output(1, DType::boolean, x.shape));
  const bool one = true;
  copy_elements({reinterpret_cast<const std::byte*>(&one), DType::boolean, x.shape,
                 Strides::filled(x.rank(), 0)},
                mask);
  return {};
}

}  // namespace

const OpDef dropout_op = {.domain = "",
                          .name = "Dropout",
                          .since_version = 13,
                          .inputs = {1, 3},
                          .outputs = {1, 2},
                          .parse = parse,
                          .infer = infer,
                          .reference = reference};

}  // namespace vernier
