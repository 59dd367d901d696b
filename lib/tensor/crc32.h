#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vernier {

/// CRC-32 of ZIP and PNG (ISO 3309), continued from `start`.
std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t start = 0);

}  // namespace vernier
