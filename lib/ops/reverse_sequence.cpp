#include "ops/reverse_sequence.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<ReverseSequenceParams>();
  VERNIER_ASSIGN(params->batch_axis, attributes.get_int_in("batch_axis", 1, 0, 1));
  VERNIER_ASSIGN(params->time_axis, attributes.get_int_in("time_axis", 0, 0, 1));
  if (params->batch_axis == params->time_axis) {
    return attr_error("batch_axis and time_axis must differ");
  }
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  VERNIER_TRY(check_min_rank(context, 0, 2));
  VERNIER_TRY(check_rank(context, 1, 1));
  context.set_output(0, context.input(0));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const TensorView& lengths = context.input(1);
  const auto& params = params_as<ReverseSequenceParams>(context);
  if (x.rank() < 2) return data_shape_error("at least 2 dims are expected");
  const auto batch = static_cast<std::size_t>(params.batch_axis);
  const auto time = static_cast<std::size_t>(params.time_axis);
  if (lengths.rank() != 1 || lengths.shape[0] != x.shape[batch]) {
    return data_shape_error("one length per batch entry is expected");
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  copy_elements(x, y);
  for (std::int64_t b = 0; b < x.shape[batch]; ++b) {
    const std::int64_t length = int_at(lengths, b);
    if (length < 0 || length > x.shape[time]) {
      return index_error(length, params.time_axis, x.shape[time]);
    }
    if (length == 0) continue;
    TensorView from = x;
    from.shape[batch] = 1;
    from.shape[time] = length;
    from.strides[time] = -x.strides[time];
    from.data = element_ptr(x, b * x.strides[batch] + (length - 1) * x.strides[time]);
    copy_elements(from, {element_ptr(y, b * y.strides[batch]), y.dtype, from.shape, y.strides});
  }
  return {};
}

}  // namespace

const OpDef reverse_sequence_op = {.domain = "",
                                   .name = "ReverseSequence",
                                   .since_version = 10,
                                   .inputs = {2, 2},
                                   .parse = parse,
                                   .infer = infer,
                                   .reference = reference};

}  // namespace vernier
