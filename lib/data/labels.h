#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace vernier {

/// Class names, one a line (UTF-8, line ends of either kind, a trailing empty line ignored), at
/// most 1,000,000 lines and 64 MiB. Error: invalid_data E-FILE-OPEN, limit E-LIMIT-FILE.
Result<std::vector<std::string>> read_labels(const std::string& path);

}  // namespace vernier
