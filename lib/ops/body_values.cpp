#include "ops/body_values.h"

#include <cstring>

#include "ops/shapes.h"

namespace vernier {

Result<void> CarriedValue::assign(EvalContext& context, const TensorView& value) {
  const std::size_t next = 1 - current_;
  const auto bytes = checked_byte_count(value.dtype, value.shape.span());
  if (!bytes) return limit_error("carried value is too large", "E-LIMIT-TENSOR");
  std::byte* target = nullptr;
  if (value.dtype == DType::string) {
    VERNIER_ASSIGN(strings_[next], Tensor::copy_of(value));
    target = const_cast<std::byte*>(strings_[next].data());
  } else {
    if (capacity_[next] < *bytes || memory_[next] == nullptr) {
      const std::size_t size = *bytes + *bytes / 2 + 64;
      VERNIER_ASSIGN(memory_[next], context.scratch(size));
      capacity_[next] = size;
    }
    target = memory_[next];
    copy_elements(value, {target, value.dtype, value.shape, dense_strides(value.shape)});
  }
  view_ = {target, value.dtype, value.shape, dense_strides(value.shape)};
  current_ = next;
  return {};
}

Result<void> StackedValue::append(EvalContext& context, const TensorView& value) {
  if (value.dtype == DType::string) {
    return unsupported("stacked strings are not supported", "E-UNSUPPORTED-DTYPE");
  }
  if (count_ == 0) {
    dtype_ = value.dtype;
    shape_ = value.shape;
  } else if (value.dtype != dtype_ || !(value.shape == shape_)) {
    return data_shape_error("a stacked output changes from shape " + to_string(shape_) + " to " +
                            to_string(value.shape));
  }
  const auto bytes = checked_byte_count(dtype_, shape_.span());
  const auto total = bytes ? checked_mul(*bytes, static_cast<std::size_t>(count_) + 1) : bytes;
  if (!total || *total > static_cast<std::size_t>(PTRDIFF_MAX) / 2) {
    return limit_error("stacked output is too large", "E-LIMIT-TENSOR");
  }
  if (*total > capacity_) {
    VERNIER_ASSIGN(std::byte * grown, context.scratch(2 * *total));
    if (count_ > 0) std::memcpy(grown, memory_, *bytes * static_cast<std::size_t>(count_));
    memory_ = grown;
    capacity_ = 2 * *total;
  }
  std::byte* at = memory_ + *bytes * static_cast<std::size_t>(count_);
  if (*bytes > 0) copy_elements(value, {at, dtype_, shape_, dense_strides(shape_)});
  ++count_;
  return {};
}

Result<Shape> fallback_shape(const ValueType& type) {
  if (type.dtype == DType::undefined || !type.ranked || type.rank() >= kMaxRank) {
    return unsupported("no iteration ran, and the type of a stacked output is unknown");
  }
  Shape shape;
  for (const Dim& dim : type.dims) shape.push_back(dim.is_known() ? dim.value : 0);
  return shape;
}

Result<void> StackedValue::finish(EvalContext& context, std::size_t i,
                                  const ValueType& fallback) const {
  DType dtype = dtype_;
  Shape shape = shape_;
  if (count_ == 0) {
    VERNIER_ASSIGN(shape, fallback_shape(fallback));
    dtype = fallback.dtype;
  }
  if (shape.size() >= kMaxRank) {
    return limit_error("stacked output has too many dims", "E-LIMIT-RANK");
  }
  shape.insert(0, count_);
  VERNIER_ASSIGN(const MutTensorView out, context.output(i, dtype, shape));
  if (count_ > 0 && element_count(shape) > 0) {
    copy_elements({memory_, dtype, shape, dense_strides(shape)}, out);
  }
  return {};
}

}  // namespace vernier
