#include "data/labels.h"

#include "base/file.h"

namespace vernier {

Result<std::vector<std::string>> read_labels(const std::string& path) {
  constexpr std::size_t kMaxBytes = std::size_t{64} << 20U;
  constexpr std::size_t kMaxLines = 1'000'000;
  VERNIER_ASSIGN(const std::string text, read_text_file(path, kMaxBytes));
  std::vector<std::string> labels;
  for (std::size_t begin = 0; begin < text.size();) {
    auto end = text.find('\n', begin);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(begin, end - begin);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels.push_back(std::move(line));
    if (labels.size() > kMaxLines) {
      return limit_error("'" + path + "' has more than 1,000,000 labels", "E-LIMIT-FILE");
    }
    begin = end + 1;
  }
  return labels;
}

}  // namespace vernier
