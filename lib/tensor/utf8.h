#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vernier {

/// Appends one code point; false for surrogates and values above U+10FFFF.
bool append_utf8(std::uint32_t code_point, std::string& out);
/// The code points of valid UTF-8; nullopt for overlong forms, surrogates or broken sequences.
std::optional<std::u32string> utf8_code_points(std::string_view text);

}  // namespace vernier
