#pragma once

#include <cstddef>
#include <string_view>

namespace vernier {

/// Length of the valid UTF-8 sequence at `text[i]` (i < size), or 0 (overlong forms and surrogates
/// refused).
std::size_t utf8_length(std::string_view text, std::size_t i);

}  // namespace vernier
