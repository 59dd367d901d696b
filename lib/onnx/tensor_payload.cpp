#include "onnx/tensor_payload.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "base/checked_math.h"

namespace vernier::onnx {

void unpack_sub_byte(std::span<const std::byte> packed, DType dtype, std::size_t count,
                     std::byte* out) {
  const auto bits = static_cast<unsigned>(dtype_bits(dtype));
  const unsigned per_byte = 8U / bits;
  const unsigned mask = (1U << bits) - 1U;
  const unsigned sign = is_signed_integer(dtype) ? 1U << (bits - 1U) : 0U;
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned>(packed[i / per_byte]);
    unsigned value = (byte >> (bits * static_cast<unsigned>(i % per_byte))) & mask;
    value = ((value ^ sign) - sign) & 0xFFU;
    out[i] = static_cast<std::byte>(value);
  }
}

Result<Tensor> bool_tensor(std::span<const std::byte> bytes, const Shape& shape,
                           const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::boolean, shape, budget));
  std::transform(bytes.begin(), bytes.end(), tensor.mutable_as<std::byte>(),
                 [](std::byte b) { return b == std::byte{0} ? b : std::byte{1}; });
  return tensor;
}

Result<Tensor> tensor_from_raw(std::span<const std::byte> payload, DType dtype, const Shape& shape,
                               std::shared_ptr<const void> owner,
                               const std::shared_ptr<MemoryBudget>& budget, bool file_backed) {
  const auto expected = checked_packed_byte_count(dtype, shape);
  if (dtype == DType::string || !expected || payload.size() != *expected) {
    return invalid_model("the data has " + std::to_string(payload.size()) + " bytes, but " +
                             std::string(dtype_name(dtype)) + to_string(shape) + " needs " +
                             (expected ? std::to_string(*expected) : "more than exist"),
                         "E-MODEL-TENSOR");
  }
  if (is_sub_byte(dtype)) {
    VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(dtype, shape, budget));
    unpack_sub_byte(payload, dtype, static_cast<std::size_t>(tensor.element_count()),
                    tensor.mutable_as<std::byte>());
    return tensor;
  }
  if (dtype == DType::boolean &&
      std::any_of(payload.begin(), payload.end(), [](std::byte b) { return b > std::byte{1}; })) {
    return bool_tensor(payload, shape, budget);
  }
  Tensor tensor = Tensor::borrow(dtype, shape, payload.data(), std::move(owner), file_backed);
  if (!tensor.aligned() && payload.size() <= kCopyMisalignedBytes) return tensor.to_aligned(budget);
  return tensor;
}

}  // namespace vernier::onnx
