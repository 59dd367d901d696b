#pragma once

#include <array>
#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

/// Values that cross the iterations of Loop and Scan.

/// A loop-carried value: the copy of a body output that feeds the next iteration. Two buffers take
/// turns, so that a body which returns its inputs (perhaps swapped) is safe.
class CarriedValue {
 public:
  Result<void> assign(EvalContext& context, const TensorView& value);
  [[nodiscard]] const TensorView& view() const noexcept { return view_; }

 private:
  std::array<std::byte*, 2> memory_{};
  std::array<std::size_t, 2> capacity_{};
  std::array<Tensor, 2> strings_;  ///< std::string elements need their own life
  std::size_t current_ = 0;
  TensorView view_;
};

/// A stacked output of a Loop, whose length is not known beforehand: grows by doubling.
class StackedValue {
 public:
  /// Error: invalid_data E-DATA-SHAPE when dtype or shape changes between iterations; unsupported
  /// for strings.
  Result<void> append(EvalContext& context, const TensorView& value);
  /// Writes output `i`: [count, shape...]; `fallback` gives dtype and shape when nothing was
  /// appended (its unknown dims become 0).
  Result<void> finish(EvalContext& context, std::size_t i, const ValueType& fallback) const;

 private:
  std::byte* memory_ = nullptr;
  std::size_t capacity_ = 0;
  std::int64_t count_ = 0;
  DType dtype_ = DType::undefined;
  Shape shape_;
};

/// dtype and shape of an element that was never computed: unknown dims become 0. Error: unsupported
/// when not even the dtype or the rank is known.
Result<Shape> fallback_shape(const ValueType& type);

}  // namespace vernier
