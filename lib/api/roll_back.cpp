#include "api/roll_back.h"

#include <limits>

namespace vernier {

Result<std::optional<std::vector<std::string>>> find_roll_back(
    std::span<const std::string> rewrites, double goal, const ErrorWithout& error_without) {
  std::vector<std::string> left(rewrites.begin(), rewrites.end());
  std::vector<std::string> out;
  VERNIER_ASSIGN(const double without_all, error_without(left));
  if (!(without_all <= goal)) return std::optional<std::vector<std::string>>();
  while (!left.empty()) {
    double least = std::numeric_limits<double>::infinity();
    std::size_t best = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
      std::vector<std::string> tried = out;
      tried.push_back(left[i]);
      VERNIER_ASSIGN(const double error, error_without(tried));
      if (error <= goal) return std::optional(std::move(tried));
      if (error < least) {
        least = error;
        best = i;
      }
    }
    out.push_back(left[best]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return std::optional<std::vector<std::string>>();
}

}  // namespace vernier
