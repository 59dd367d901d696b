#pragma once

#include <string_view>

namespace vernier::exports {

/// The page's style sheet: light and dark by the reader's preference, one column on a telephone.
std::string_view style_sheet() noexcept;

}  // namespace vernier::exports
