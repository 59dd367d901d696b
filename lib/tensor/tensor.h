#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/budget.h"
#include "base/dtype.h"
#include "base/result.h"
#include "tensor/shape.h"

namespace vernier {

/// A typed, strided window on memory that somebody else owns. `strides` count elements. Sub-byte
/// dtypes take one byte per element; string elements are std::string objects.
struct TensorView {
  const std::byte* data = nullptr;
  DType dtype = DType::undefined;
  Shape shape;
  Strides strides;

  template <class T>
  [[nodiscard]] const T* as() const noexcept {
    return reinterpret_cast<const T*>(data);
  }
  [[nodiscard]] std::int64_t element_count() const noexcept {
    return vernier::element_count(shape);
  }
  [[nodiscard]] bool is_dense() const noexcept { return vernier::is_dense(shape, strides); }
  [[nodiscard]] std::size_t rank() const noexcept { return shape.size(); }
};

/// The same with the right to write.
struct MutTensorView {
  std::byte* data = nullptr;
  DType dtype = DType::undefined;
  Shape shape;
  Strides strides;

  template <class T>
  [[nodiscard]] T* as() const noexcept {
    return reinterpret_cast<T*>(data);
  }
  [[nodiscard]] std::int64_t element_count() const noexcept {
    return vernier::element_count(shape);
  }
  [[nodiscard]] bool is_dense() const noexcept { return vernier::is_dense(shape, strides); }
  [[nodiscard]] std::size_t rank() const noexcept { return shape.size(); }
  operator TensorView() const noexcept { return {data, dtype, shape, strides}; }  // NOLINT
};

/// A dense row-major tensor that owns its memory, or keeps the owner alive (a mapped model file).
/// Copies share the storage; it is written only through the view that `allocate` hands out.
class Tensor {
 public:
  Tensor() = default;

  /// Uninitialised (numbers) or empty (strings) elements. Error: limit when the byte count
  /// overflows or the budget (may be null) refuses.
  static Result<Tensor> allocate(DType dtype, const Shape& shape,
                                 const std::shared_ptr<MemoryBudget>& budget = nullptr);
  /// Wraps memory that `owner` keeps alive. `bytes` must equal the dense byte count. The data may
  /// be misaligned for its dtype; then aligned() is false and only memcpy-like readers may touch
  /// it. `file_backed` says that the memory is a read-only file mapping, whose pages may be
  /// dropped.
  static Tensor borrow(DType dtype, const Shape& shape, const std::byte* data,
                       std::shared_ptr<const void> owner, bool file_backed = false);
  /// Dense copy of any view. Error: as allocate.
  static Result<Tensor> copy_of(const TensorView& view,
                                const std::shared_ptr<MemoryBudget>& budget = nullptr);
  /// Small constants for graphs, passes and tests (no budget). The element count must match.
  static Tensor from_int64(std::span<const std::int64_t> values, const Shape& shape);
  static Tensor from_int64(std::span<const std::int64_t> values);  ///< 1-D
  static Tensor from_float(std::span<const float> values, const Shape& shape);
  static Tensor scalar_int64(std::int64_t value);
  static Tensor scalar_float(float value);

  [[nodiscard]] bool defined() const noexcept { return dtype_ != DType::undefined; }
  [[nodiscard]] DType dtype() const noexcept { return dtype_; }
  [[nodiscard]] const Shape& shape() const noexcept { return shape_; }
  [[nodiscard]] std::int64_t element_count() const noexcept {
    return vernier::element_count(shape_);
  }
  [[nodiscard]] std::size_t byte_count() const noexcept {
    return static_cast<std::size_t>(element_count()) * dtype_size(dtype_);
  }
  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  /// Pointer to the elements; T must be the dtype's C++ type and aligned() must hold.
  template <class T>
  [[nodiscard]] const T* as() const noexcept {
    return reinterpret_cast<const T*>(data_);
  }
  template <class T>
  [[nodiscard]] std::span<const T> span() const noexcept {
    return {as<T>(), static_cast<std::size_t>(element_count())};
  }
  [[nodiscard]] bool aligned() const noexcept;
  /// This tensor, or an aligned copy of it.
  [[nodiscard]] Result<Tensor> to_aligned(
      const std::shared_ptr<MemoryBudget>& budget = nullptr) const;
  /// The same storage under another shape with the same element count.
  [[nodiscard]] Tensor reshaped(const Shape& shape) const;

  [[nodiscard]] TensorView view() const;
  /// Write access for the sole maker of the tensor (before it is shared).
  [[nodiscard]] MutTensorView mutable_view();
  template <class T>
  [[nodiscard]] T* mutable_as() noexcept {
    return reinterpret_cast<T*>(const_cast<std::byte*>(data_));
  }
  /// Tells the kernel that the resident pages of a file-backed tensor may go (they are read again
  /// when touched); nothing for memory of our own.
  void drop_pages() const noexcept;
  [[nodiscard]] bool file_backed() const noexcept { return file_backed_; }
  /// Unique number of the contents; equal for copies and reshapes, never used again.
  [[nodiscard]] std::uint64_t content_id() const noexcept { return content_id_; }

 private:
  DType dtype_ = DType::undefined;
  Shape shape_;
  const std::byte* data_ = nullptr;
  bool file_backed_ = false;
  std::uint64_t content_id_ = 0;
  std::shared_ptr<const void> owner_;  // shared: graph clones and packed-weight caches hold it too
};

/// Copies elements between views of equal shape and dtype, any strides, without allocating.
void copy_elements(const TensorView& src, const MutTensorView& dst);

/// Type and shape in one word, for messages: "float[1,3,224,224]".
std::string describe(const TensorView& view);

}  // namespace vernier
