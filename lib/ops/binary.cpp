#include "ops/binary.h"

#include <utility>

namespace vernier {
namespace {

template <class T>
void run(const TensorView& x, const TensorView& y, const MutTensorView& z,
         void (*row)(T*, const T*, std::int64_t, const OpParams&), const OpParams& params) {
  std::array<T, kRowLength> a;
  std::array<T, kRowLength> b;
  for_each_row<3>(z.shape,
                  {broadcast_strides(x.shape, x.strides, z.shape),
                   broadcast_strides(y.shape, y.strides, z.shape), z.strides},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(x.dtype, element_ptr(x, at[0]), stride[0], count, a.data());
                    load_row(y.dtype, element_ptr(y, at[1]), stride[1], count, b.data());
                    row(a.data(), b.data(), count, params);
                    store_row(z.dtype, element_ptr(z, at[2]), stride[2], count, a.data());
                  });
}

}  // namespace

Result<void> binary_into(const TensorView& x, const TensorView& y, const MutTensorView& z,
                         Lane lane, const BinaryRows& rows, const OpParams& params) {
  if (lane_of(x.dtype) == Lane::none || lane_of(y.dtype) == Lane::none) {
    return unsupported_dtype(lane_of(x.dtype) == Lane::none ? x.dtype : y.dtype);
  }
  if (lane == Lane::real && rows.real != nullptr) {
    run(x, y, z, rows.real, params);
  } else if (lane == Lane::signed_int && rows.signed_int != nullptr) {
    run(x, y, z, rows.signed_int, params);
  } else if (lane == Lane::unsigned_int && rows.unsigned_int != nullptr) {
    run(x, y, z, rows.unsigned_int, params);
  } else {
    return unsupported_dtype(x.dtype);
  }
  return {};
}

Result<void> eval_binary(EvalContext& context, const BinaryRows& rows, DType output) {
  const TensorView& x = context.input(0);
  const TensorView& y = context.input(1);
  VERNIER_ASSIGN(const Shape shape, broadcast_shapes(x.shape, y.shape));
  VERNIER_ASSIGN(const MutTensorView z,
                 context.output(0, output == DType::undefined ? x.dtype : output, shape));
  return binary_into(x, y, z, lane_of(x.dtype), rows, context.params());
}

Result<MutTensorView> eval_variadic(EvalContext& context, const BinaryRows& rows) {
  Shape shape = context.input(0).shape;
  for (std::size_t i = 1; i < context.input_count(); ++i) {
    VERNIER_ASSIGN(shape, broadcast_shapes(shape, context.input(i).shape));
  }
  const TensorView& first = context.input(0);
  VERNIER_ASSIGN(const MutTensorView z, context.output(0, first.dtype, shape));
  copy_elements(
      {first.data, first.dtype, shape, broadcast_strides(first.shape, first.strides, shape)}, z);
  for (std::size_t i = 1; i < context.input_count(); ++i) {
    VERNIER_TRY(binary_into(z, context.input(i), z, lane_of(first.dtype), rows, context.params()));
  }
  return z;
}

Result<void> check_divisor(const TensorView& divisor) {
  if (!is_integer(divisor.dtype)) return {};
  bool zero = false;
  std::array<std::int64_t, kRowLength> row;
  for_each_row<1>(divisor.shape, {divisor.strides},
                  [&](const auto& at, const auto& stride, std::int64_t count) {
                    load_row(divisor.dtype, element_ptr(divisor, at[0]), stride[0], count,
                             row.data());
                    for (std::int64_t i = 0; i < count; ++i) {
                      zero = zero || row[static_cast<std::size_t>(i)] == 0;
                    }
                  });
  if (zero) return invalid_data("integer division by zero", "E-DATA-VALUE");
  return {};
}

Result<void> infer_binary(InferContext& context, DTypeSet allowed,
                          Dim (*arithmetic)(const Dim&, const Dim&)) {
  VERNIER_TRY(check_dtype(context, 0, allowed));
  VERNIER_TRY(check_dtype(context, 1, allowed));
  VERNIER_TRY(check_same_dtype(context, 0, 1));
  const DType dtype = common_dtype(context, 0, 1);
  VERNIER_ASSIGN(ValueType type, broadcast_types(context.input(0), context.input(1), dtype));
  const bool list = type.ranked && type.rank() <= 1 && contains(kIndexInts, dtype);
  context.set_output(0, std::move(type));
  if (arithmetic == nullptr || !list) return {};
  const auto x = int_elements(context, 0);
  const auto y = int_elements(context, 1);
  if (!x || !y || x->empty() || y->empty()) return {};
  if (x->size() != y->size() && x->size() != 1 && y->size() != 1) return {};
  std::vector<Dim> z;
  for (std::size_t i = 0; i < std::max(x->size(), y->size()); ++i) {
    z.push_back(arithmetic((*x)[x->size() == 1 ? 0 : i], (*y)[y->size() == 1 ? 0 : i]));
  }
  state_ints(context, std::move(z));
  return {};
}

Result<void> infer_comparison(InferContext& context, DTypeSet allowed) {
  VERNIER_TRY(check_dtype(context, 0, allowed));
  VERNIER_TRY(check_dtype(context, 1, allowed));
  VERNIER_TRY(check_same_dtype(context, 0, 1));
  VERNIER_ASSIGN(ValueType type,
                 broadcast_types(context.input(0), context.input(1), DType::boolean));
  context.set_output(0, std::move(type));
  return {};
}

Result<void> infer_variadic(InferContext& context, DTypeSet allowed) {
  VERNIER_TRY(check_dtype(context, 0, allowed));
  ValueType type = context.input(0);
  for (std::size_t i = 1; i < context.input_count(); ++i) {
    VERNIER_TRY(check_dtype(context, i, allowed));
    VERNIER_TRY(check_same_dtype(context, 0, i));
    const DType dtype = type.dtype == DType::undefined ? context.input(i).dtype : type.dtype;
    VERNIER_ASSIGN(type, broadcast_types(type, context.input(i), dtype));
  }
  context.set_output(0, std::move(type));
  return {};
}

}  // namespace vernier
