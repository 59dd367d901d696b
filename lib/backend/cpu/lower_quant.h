#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/kernels/qgemm/qgemm.h"
#include "backend/cpu/kernels/qsimd/epilogue.h"
#include "ops/quantized.h"

namespace vernier {

// What the lowerings of the integer operators share.

/// The numbers per output channel of a QConv or QMatMul, as the kernels pack them.
struct QuantChannels {
  std::vector<float> scale;
  std::vector<float> offset;
  std::vector<std::int32_t> bias;
  std::vector<std::int32_t> weight_zero;
  std::string key;  ///< tells apart what is packed with other numbers

  [[nodiscard]] QChannels view() const;
};

/// Empty when all operands but x, w and residual are constants and the sum fits 32 bits; otherwise
/// why not. `products` is how many are summed.
std::string quant_sum_refusal(std::span<const ValueDesc> inputs, std::int64_t products);
std::shared_ptr<const QuantChannels> quant_channels(std::span<const ValueDesc> inputs);
/// Of the tier, or the saturating one where that is asked for and weights are s8.
const QGemmKernel& choose_qgemm(const LowerOptions& options, const QFormat& format);
bool has_operand(std::span<const ValueDesc> inputs, std::size_t i);

/// A table of 256 bytes, owned by a step; empty: none.
class ByteLookup {
 public:
  ByteLookup() = default;
  explicit ByteLookup(const Tensor& table);
  [[nodiscard]] const std::uint8_t* data() const noexcept {
    return present_ ? bytes_.data() : nullptr;
  }

 private:
  bool present_ = false;
  std::array<std::uint8_t, 256> bytes_{};
};
/// The table operand `i`, if there is one (a constant).
ByteLookup byte_lookup(std::span<const ValueDesc> inputs, std::size_t i);

/// The kernels' epilogue; `table` as given.
QEpilogue to_epilogue(const QuantSum& sum, std::span<const ValueDesc> inputs,
                      const std::uint8_t* table);
/// The inputs that packing takes up: all but x, w when it is not a constant, and the residual.
std::vector<bool> packed_quant_inputs(std::span<const ValueDesc> inputs);

inline bool is_signed_byte(DType dtype) { return dtype == DType::int8; }
inline bool is_byte(DType dtype) { return dtype == DType::int8 || dtype == DType::uint8; }

}  // namespace vernier
