#pragma once

#include <cstring>
#include <memory>
#include <string>

#include "backend/backend.h"
#include "backend/cpu/kernels/simd/activation.h"
#include "ops/activation.h"

namespace vernier {

/// The kernels' form of an operator's fused activation.
ActivationF32 to_kernel_activation(const Activation& activation);

/// An fp32 constant as the kernel reads it: dense and aligned, made once per model.
inline std::shared_ptr<const PackedWeight> request_dense_f32(const Tensor& source,
                                                             WeightStore& weights) {
  const std::size_t bytes = source.byte_count();
  return weights.request(source, "dense_f32", bytes,
                         [bytes](const Tensor& from, std::byte* destination) {
                           std::memcpy(destination, from.data(), bytes);
                         });
}

/// Bytes of per-thread scratch, rounded so that threads do not share cache lines.
constexpr std::size_t scratch_stride(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace vernier
