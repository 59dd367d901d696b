#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "tensor/tensor.h"

namespace vernier {

/// How values are narrowed to 8-bit floats.
struct CastOptions {
  enum class Rounding : std::uint8_t { up, down, nearest };
  bool saturate = true;              ///< beyond the range: the maximum, else NaN or infinity
  Rounding rounding = Rounding::up;  ///< float8e8m0 only
};

/// Converts every element to the dtype of `to` (same shape). Reals become integers by truncation;
/// integers narrow modulo 2^bits; anything but 0 is true; numbers print in their shortest form that
/// reads back (numpy's notation). Errors: unsupported for complex; invalid_data E-DATA-VALUE for a
/// string that is not a number.
Result<void> cast_elements(const TensorView& from, const MutTensorView& to,
                           const CastOptions& options);

/// A copy with elements of another dtype; see cast_elements. `tensor` may be misaligned. Error
/// also: limit (budget, which may be null).
Result<Tensor> cast_tensor(const Tensor& tensor, DType dtype,
                           const std::shared_ptr<MemoryBudget>& budget = nullptr);

/// numpy's text of a real number of this dtype: "1.0", "0.1", "1e-05", "nan", "-inf".
std::string real_to_text(double value, DType dtype);

}  // namespace vernier
