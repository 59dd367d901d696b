#include "tensor/tensor.h"

#include "base/file.h"
#include "tensor/texts.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstring>
#include <vector>

namespace vernier {
namespace {

std::size_t alignment_of(DType dtype) {
  if (dtype == DType::string) return alignof(std::string);
  if (dtype == DType::complex64) return 4;
  if (dtype == DType::complex128) return 8;
  return std::max<std::size_t>(dtype_size(dtype), 1);
}

std::uint64_t next_content_id() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

struct StringStorage {
  std::vector<std::string> strings;
  Reservation objects;
};

template <class T>
Tensor make_small(DType dtype, std::span<const T> values, const Shape& shape) {
  assert(element_count(shape) == static_cast<std::int64_t>(values.size()));
  auto owner = std::make_shared<std::vector<T>>(values.begin(), values.end());
  const auto* data = reinterpret_cast<const std::byte*>(owner->data());
  return Tensor::borrow(dtype, shape, data, std::move(owner));
}

/// Copies `count` elements with the given strides; the innermost loop of copy_elements.
template <std::size_t Size>
void copy_row(const std::byte* src, std::int64_t src_stride, std::byte* dst,
              std::int64_t dst_stride, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::memcpy(dst + i * dst_stride * static_cast<std::int64_t>(Size),
                src + i * src_stride * static_cast<std::int64_t>(Size), Size);
  }
}

void copy_row_any(DType dtype, const std::byte* src, std::int64_t src_stride, std::byte* dst,
                  std::int64_t dst_stride, std::int64_t count) {
  if (dtype == DType::string) {
    const auto* from = reinterpret_cast<const std::string*>(src);
    auto* to = reinterpret_cast<std::string*>(dst);
    for (std::int64_t i = 0; i < count; ++i) to[i * dst_stride] = from[i * src_stride];
    return;
  }
  const std::size_t size = dtype_size(dtype);
  if (src_stride == 1 && dst_stride == 1) {
    std::memcpy(dst, src, static_cast<std::size_t>(count) * size);
    return;
  }
  switch (size) {
    case 1:
      return copy_row<1>(src, src_stride, dst, dst_stride, count);
    case 2:
      return copy_row<2>(src, src_stride, dst, dst_stride, count);
    case 4:
      return copy_row<4>(src, src_stride, dst, dst_stride, count);
    case 8:
      return copy_row<8>(src, src_stride, dst, dst_stride, count);
    default:
      return copy_row<16>(src, src_stride, dst, dst_stride, count);
  }
}

}  // namespace

Result<Tensor> Tensor::allocate(DType dtype, const Shape& shape,
                                const std::shared_ptr<MemoryBudget>& budget) {
  const auto bytes = checked_byte_count(dtype, shape);
  if (!bytes || dtype == DType::undefined) {
    return limit_error("a tensor of shape " + to_string(shape) + " is too large", "E-LIMIT-TENSOR");
  }
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.shape_ = shape;
  tensor.content_id_ = next_content_id();
  if (dtype == DType::string) {
    VERNIER_ASSIGN(Reservation reservation, Reservation::make(*bytes, budget, "strings"));
    auto owner = std::make_shared<StringStorage>();
    owner->objects = std::move(reservation);
    owner->strings.resize(*bytes / sizeof(std::string));
    tensor.data_ = reinterpret_cast<const std::byte*>(owner->strings.data());
    tensor.owner_ = std::move(owner);
    return tensor;
  }
  VERNIER_ASSIGN(Buffer buffer, Buffer::allocate(*bytes, budget, "tensor"));
  auto owner = std::make_shared<Buffer>(std::move(buffer));
  tensor.data_ = owner->data();
  tensor.owner_ = std::move(owner);
  return tensor;
}

Tensor Tensor::borrow(DType dtype, const Shape& shape, const std::byte* data,
                      std::shared_ptr<const void> owner, bool file_backed) {
  Tensor tensor;
  tensor.file_backed_ = file_backed;
  tensor.content_id_ = next_content_id();
  tensor.dtype_ = dtype;
  tensor.shape_ = shape;
  tensor.data_ = data;
  tensor.owner_ = std::move(owner);
  return tensor;
}

Result<Tensor> Tensor::copy_of(const TensorView& view,
                               const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor tensor, allocate(view.dtype, view.shape, budget));
  copy_elements(view, tensor.mutable_view());
  VERNIER_TRY(charge_texts(tensor, budget));
  return tensor;
}

Tensor Tensor::from_int64(std::span<const std::int64_t> values, const Shape& shape) {
  return make_small(DType::int64, values, shape);
}
Tensor Tensor::from_int64(std::span<const std::int64_t> values) {
  return from_int64(values, Shape{static_cast<std::int64_t>(values.size())});
}
Tensor Tensor::from_float(std::span<const float> values, const Shape& shape) {
  return make_small(DType::float32, values, shape);
}
Tensor Tensor::scalar_int64(std::int64_t value) {
  return from_int64(std::span(&value, 1), Shape{});
}
Tensor Tensor::scalar_float(float value) { return from_float(std::span(&value, 1), Shape{}); }

bool Tensor::aligned() const noexcept {
  return reinterpret_cast<std::uintptr_t>(data_) % alignment_of(dtype_) == 0;
}

Result<Tensor> Tensor::to_aligned(const std::shared_ptr<MemoryBudget>& budget) const {
  if (aligned()) return *this;
  VERNIER_ASSIGN(Tensor copy, allocate(dtype_, shape_, budget));
  if (byte_count() > 0) std::memcpy(copy.mutable_view().data, data_, byte_count());
  return copy;
}

void Tensor::drop_pages() const noexcept {
  if (file_backed_) MappedFile::drop_pages(data_, byte_count());
}

Tensor Tensor::reshaped(const Shape& shape) const {
  assert(vernier::element_count(shape) == element_count());
  Tensor tensor = *this;
  tensor.shape_ = shape;
  return tensor;
}

TensorView Tensor::view() const { return {data_, dtype_, shape_, dense_strides(shape_)}; }

MutTensorView Tensor::mutable_view() {
  return {const_cast<std::byte*>(data_), dtype_, shape_, dense_strides(shape_)};
}

void copy_elements(const TensorView& src, const MutTensorView& dst) {
  assert(src.shape == dst.shape && src.dtype == dst.dtype);
  const std::int64_t total = src.element_count();
  if (total == 0) return;
  if (src.is_dense() && dst.is_dense()) {
    copy_row_any(src.dtype, src.data, 1, dst.data, 1, total);
    return;
  }
  const std::size_t rank = src.rank();
  const std::int64_t size = static_cast<std::int64_t>(dtype_size(src.dtype));
  const std::int64_t inner = src.shape.back();
  const std::int64_t rows = total / inner;
  Shape index = Shape::filled(rank, 0);
  const std::byte* from = src.data;
  std::byte* to = dst.data;
  for (std::int64_t row = 0; row < rows; ++row) {
    copy_row_any(src.dtype, from, src.strides.back(), to, dst.strides.back(), inner);
    for (std::size_t axis = rank - 1; axis-- > 0;) {
      from += src.strides[axis] * size;
      to += dst.strides[axis] * size;
      if (++index[axis] < src.shape[axis]) break;
      from -= src.strides[axis] * src.shape[axis] * size;
      to -= dst.strides[axis] * src.shape[axis] * size;
      index[axis] = 0;
    }
  }
}

std::string describe(const TensorView& view) {
  return std::string(dtype_name(view.dtype)) + to_string(view.shape);
}

}  // namespace vernier
