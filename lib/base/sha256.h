#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vernier {

/// SHA-256 (FIPS 180-4), to identify models and inputs in reports.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes) noexcept;
  /// The digest as 64 lower-case hex digits. The object must not be used afterwards.
  std::string finish();

 private:
  void block(const std::byte* data) noexcept;
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  std::size_t pending_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace vernier
