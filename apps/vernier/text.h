#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vernier::cli {

/// "1.2 MiB", "512 B".
std::string human_bytes(std::uint64_t bytes);
/// "4.09 G", "301 M", "12".
std::string human_count(std::int64_t count);
/// "1.23 ms", "45.6 us", "2.10 s".
std::string human_ns(double ns);
/// Seven significant digits.
std::string human_number(double value);
/// "N=1, W=320".
std::string join_dims(const std::vector<std::pair<std::string, std::int64_t>>& dims);

/// Columns of text for people. Cells are escaped; a column is as wide as its widest cell.
class Table {
 public:
  /// Columns whose header starts with '>' are aligned to the right.
  explicit Table(std::vector<std::string> header);
  void add(std::vector<std::string> row);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Lines with final newlines, each after `indent` blanks.
  [[nodiscard]] std::string text(std::size_t indent = 0) const;

 private:
  std::vector<std::string> header_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace vernier::cli
