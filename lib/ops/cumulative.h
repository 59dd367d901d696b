#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "graph/op_def.h"
#include "ops/binary.h"
#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {

/// Of CumSum and CumProd.
struct CumulativeParams final : OpParams {
  bool exclusive = false;  ///< element i is not part of result i
  bool reverse = false;
};

inline Result<Params> parse_cumulative(AttrReader& attributes, int) {
  auto params = std::make_shared<CumulativeParams>();
  VERNIER_ASSIGN(params->exclusive, attributes.get_bool("exclusive", false));
  VERNIER_ASSIGN(params->reverse, attributes.get_bool("reverse", false));
  return Params(std::move(params));
}

/// Input 1 is the axis.
inline Result<void> infer_cumulative(InferContext& context) {
  constexpr DTypeSet kAllowed =
      kFloats | dtype_set(DType::int32, DType::int64, DType::uint32, DType::uint64);
  VERNIER_TRY(check_dtype(context, 0, kAllowed));
  VERNIER_TRY(check_dtype(context, 1, kIndexInts));
  const ValueType& x = context.input(0);
  if (const auto axis = constant_ints(context, 1); axis && axis->size() == 1 && x.ranked) {
    VERNIER_TRY(normalize_axis((*axis)[0], x.rank()));
  }
  context.set_output(0, x);
  return {};
}

/// y_k = combine(y_{k-1}, x_k) from `Combine::kStart` along one axis; floats in double, integers
/// wrap around. `Combine::combine` takes two values of double, int64 or uint64.
template <class Combine, class T>
void accumulate(const TensorView& x, const MutTensorView& y, std::size_t axis,
                const CumulativeParams& params) {
  Shape kept = x.shape;
  Strides in = x.strides;
  Strides out = y.strides;
  kept.erase(axis);
  in.erase(axis);
  out.erase(axis);
  const std::int64_t size = x.shape[axis];
  for_each_offset<2>(kept, {in, out}, [&](const auto& at) {
    T total = static_cast<T>(Combine::kStart);
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t k = params.reverse ? size - 1 - i : i;
      T value{};
      load_row(x.dtype, element_ptr(x, at[0] + k * x.strides[axis]), 0, 1, &value);
      const T next = Combine::combine(total, value);
      const T result = params.exclusive ? total : next;
      store_row(y.dtype, element_ptr(y, at[1] + k * y.strides[axis]), 0, 1, &result);
      total = next;
    }
  });
}

template <class Combine>
Result<void> reference_cumulative(EvalContext& context) {
  const TensorView& x = context.input(0);
  const auto& params = params_as<CumulativeParams>(context);
  VERNIER_ASSIGN(const std::int64_t raw, read_int(context.input(1)));
  VERNIER_ASSIGN(const std::size_t axis, normalize_axis(raw, x.rank()));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  switch (lane_of(x.dtype)) {
    case Lane::real:
      accumulate<Combine, double>(x, y, axis, params);
      return {};
    case Lane::signed_int:
      accumulate<Combine, std::int64_t>(x, y, axis, params);
      return {};
    case Lane::unsigned_int:
      accumulate<Combine, std::uint64_t>(x, y, axis, params);
      return {};
    case Lane::none:
      break;
  }
  return unsupported_dtype(x.dtype);
}

}  // namespace vernier
