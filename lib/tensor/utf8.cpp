#include "tensor/utf8.h"

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
    const auto lead = static_cast<std::uint8_t>(text[i]);
    std::size_t length = 1;
    std::uint32_t point = lead;
    std::uint32_t least = 0;
    if (lead >= 0xF0U && lead < 0xF8U) {
      length = 4;
      point = lead & 0x07U;
      least = 0x10000U;
    } else if (lead >= 0xE0U && lead < 0xF0U) {
      length = 3;
      point = lead & 0x0FU;
      least = 0x800U;
    } else if (lead >= 0xC0U && lead < 0xE0U) {
      length = 2;
      point = lead & 0x1FU;
      least = 0x80U;
    } else if (lead >= 0x80U) {
      return std::nullopt;
    }
    if (i + length > text.size()) return std::nullopt;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<std::uint8_t>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return std::nullopt;
      point = (point << 6U) | (next & 0x3FU);
    }
    if (point < least || point > 0x10FFFFU || (point >= 0xD800U && point < 0xE000U)) {
      return std::nullopt;
    }
    points += static_cast<char32_t>(point);
    i += length;
  }
  return points;
}

}  // namespace vernier
