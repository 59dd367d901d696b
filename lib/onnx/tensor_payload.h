#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/budget.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace vernier::onnx {

/// Raw payloads up to this size are copied when they are misaligned in the file.
inline constexpr std::size_t kCopyMisalignedBytes = std::size_t{64} << 10U;

/// A tensor over `payload` (little endian, as TensorProto.raw_data and external files store it), a
/// view that `owner` keeps alive where the bytes can be used as they are. Error: invalid_model
/// E-MODEL-TENSOR when the size is not exactly that of `dtype` and `shape`; limit.
Result<Tensor> tensor_from_raw(std::span<const std::byte> payload, DType dtype, const Shape& shape,
                               std::shared_ptr<const void> owner,
                               const std::shared_ptr<MemoryBudget>& budget,
                               bool file_backed = false);

/// Spreads packed 4- or 2-bit elements, first element in the low bits, to one byte each; signed
/// integers are sign-extended. `packed` holds at least `count` elements.
void unpack_sub_byte(std::span<const std::byte> packed, DType dtype, std::size_t count,
                     std::byte* out);

/// A bool tensor from bytes, any non-zero byte becoming 1 (other values are no valid bool).
Result<Tensor> bool_tensor(std::span<const std::byte> bytes, const Shape& shape,
                           const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier::onnx
