#include "tensor/utf8.h"

#include "base/utf8.h"

namespace vernier {

bool append_utf8(std::uint32_t code_point, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code_point < 0x80U) {
    put(code_point);
  } else if (code_point < 0x800U) {
    put(0xC0U | (code_point >> 6U));
    put(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000U) {
    if (code_point >= 0xD800U && code_point < 0xE000U) return false;
    put(0xE0U | (code_point >> 12U));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x110000U) {
    put(0xF0U | (code_point >> 18U));
    put(0x80U | ((code_point >> 12U) & 0x3FU));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  } else {
    return false;
  }
  return true;
}

std::optional<std::u32string> utf8_code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return std::nullopt;
    const auto lead = static_cast<std::uint8_t>(text[i]);
    std::uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      point = (point << 6U) | (static_cast<std::uint8_t>(text[i + k]) & 0x3FU);
    }
    points += static_cast<char32_t>(point);
    i += length;
  }
  return points;
}

}  // namespace vernier
