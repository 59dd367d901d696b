#include "ops/non_zero.h"

#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr DTypeSet kAllowed = kNumbers | kBool;
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAllowed));
  const ValueType& x = context.input(0);
  const Dim rank = x.ranked ? Dim::known(static_cast<std::int64_t>(x.rank())) : Dim::unknown();
  context.set_output(0, ValueType::of(DType::int64, {rank, Dim::unknown()}));
  return {};
}
bool is_set(const TensorView& x, std::int64_t offset) {
  double value = 0.0;
  load_row(x.dtype, element_ptr(x, offset), 0, 1, &value);
  return value != 0.0;
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  if (lane_of(x.dtype) == Lane::none) return unsupported_dtype(x.dtype);
  std::int64_t count = 0;
  for_each_offset<1>(x.shape, {x.strides},
                     [&](const auto& at) { count += is_set(x, at[0]) ? 1 : 0; });
  VERNIER_ASSIGN(const MutTensorView y,
                 context.output(0, DType::int64, {static_cast<std::int64_t>(x.rank()), count}));
  Shape index = Shape::filled(x.rank(), 0);
  std::int64_t column = 0;
  for_each_offset<1>(x.shape, {x.strides}, [&](const auto& at) {
    if (is_set(x, at[0])) {
      for (std::size_t i = 0; i < x.rank(); ++i) {
        y.as<std::int64_t>()[static_cast<std::int64_t>(i) * y.strides[0] + column * y.strides[1]] =
            index[i];
      }
      ++column;
    }
    for (std::size_t i = x.rank(); i-- > 0;) {
      if (++index[i] < x.shape[i]) break;
      index[i] = 0;
    }
  });
  return {};
}

}  // namespace

const OpDef non_zero_op = {.domain = "",
                           .name = "NonZero",
                           .since_version = 13,
                           .parse = parse_no_attributes,
                           .infer = infer,
                           .reference = reference};

}  // namespace vernier
