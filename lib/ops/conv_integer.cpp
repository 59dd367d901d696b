#include "ops/conv_integer.h"

#include <memory>

#include "ops/dense.h"
#include "ops/quantization.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

constexpr DTypeSet kBytes = dtype_set(DType::int8, DType::uint8);

Result<void> infer(InferContext& context) {
  for (std::size_t i = 0; i < 2; ++i) {
    VERNIER_TRY(check_dtype(context, i, kBytes));
    if (context.has_input(i + 2)) VERNIER_TRY(check_same_dtype(context, i, i + 2));
  }
  VERNIER_ASSIGN(ValueType y, infer_conv_type(params_as<ConvParams>(context), context.input(0),
                                              context.input(1)));
  y.dtype = DType::int32;
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(
      const ResolvedConv conv,
      resolve_conv(params_as<ConvParams>(context), context.input(0).shape, context.input(1).shape));
  VERNIER_ASSIGN(const double* x, subtract_zero_point(context, 0, 2, false));
  VERNIER_ASSIGN(const double* w, subtract_channel_zero_point(context, 1, 3));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(conv.output)));
  conv_doubles(conv, x, w, ys);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, DType::int32, conv.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef conv_integer_op{
    .domain = "",
    .name = "ConvInteger",
    .since_version = 10,
    .inputs = {2, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = conv_op_parse,
    .infer = infer,
    .reference = reference,
    .macs = conv_macs,
};

}  // namespace vernier
