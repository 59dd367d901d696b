#include "tensor/crc32.h"

#include <zlib.h>

#include <algorithm>

namespace vernier {

std::uint32_t crc32_of(std::span<const std::byte> bytes, std::uint32_t start) {
  uLong crc = start;
  while (!bytes.empty()) {
    const auto step = std::min<std::size_t>(bytes.size(), 1U << 30U);
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(step));
    bytes = bytes.subspan(step);
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace vernier
