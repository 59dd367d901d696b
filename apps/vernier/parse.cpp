#include "parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace vernier::cli {
namespace {

Error bad_value(std::string_view option, const std::string& text, std::string_view expected) {
  return usage_error(std::string(option) + " '" + text + "' is not " + std::string(expected));
}

/// A non-negative decimal number at the front; the rest of the text stays in `text`.
bool take_number(std::string_view& text, double& number) {
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (problem != std::errc() || !std::isfinite(number) || number < 0.0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool parse_size(std::string_view text, std::int64_t& size) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
  return problem == std::errc() && end == text.data() + text.size() && size >= 0;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view option, const std::string& text) {
  constexpr std::string_view kExpected = "a size such as 512M, 2GiB or 1000000";
  std::string_view rest = text;
  double number = 0.0;
  if (!take_number(rest, number)) return bad_value(option, text, kExpected);
  double unit = 1.0;
  if (!rest.empty() && rest != "B") {
    constexpr std::string_view kPrefixes = "KMGTP";
    const auto upper = static_cast<char>(rest[0] >= 'a' && rest[0] <= 'z' ? rest[0] - 32 : rest[0]);
    const auto power = kPrefixes.find(upper);
    const std::string_view tail = rest.substr(1);
    if (power == std::string_view::npos || (tail != "" && tail != "iB" && tail != "B")) {
      return bad_value(option, text, kExpected);
    }
    unit = std::pow(tail == "B" ? 1000.0 : 1024.0, static_cast<double>(power) + 1.0);
  }
  const double bytes = number * unit;
  if (bytes < 1.0 || bytes > 9e18) return bad_value(option, text, "between 1 byte and 8 EiB");
  return static_cast<std::uint64_t>(bytes);
}

/// About three years: times above it are taken for mistakes.
constexpr double kMaxSeconds = 1e8;

Result<double> parse_seconds(std::string_view option, const std::string& text) {
  std::string_view rest = text;
  double number = 0.0;
  if (!take_number(rest, number)) return bad_value(option, text, "a time such as 2, 0.5s or 500ms");
  if (rest == "ms") {
    number /= 1000.0;
  } else if (rest == "min") {
    number *= 60.0;
  } else if (!rest.empty() && rest != "s") {
    return bad_value(option, text, "a time such as 2, 0.5s or 500ms");
  }
  if (number > kMaxSeconds) return bad_value(option, text, "a time of at most 1e8 seconds");
  return number;
}

Result<std::vector<std::string>> parse_list(std::string_view option,
                                            const std::vector<std::string>& texts) {
  std::vector<std::string> members;
  for (const std::string& text : texts) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      if (end == begin) return bad_value(option, text, "a list such as A,B without empty members");
      members.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return members;
}

Result<std::vector<std::int64_t>> parse_integers(std::string_view option,
                                                 const std::vector<std::string>& texts,
                                                 std::int64_t low, std::int64_t high) {
  VERNIER_ASSIGN(const std::vector<std::string> members, parse_list(option, texts));
  std::vector<std::int64_t> numbers;
  for (const std::string& member : members) {
    std::int64_t number = 0;
    if (!parse_size(member, number) || number < low || number > high) {
      return bad_value(option, member,
                       "a whole number of " + std::to_string(low) + " to " + std::to_string(high));
    }
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::uint64_t> parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (problem != std::errc() || end != text.data() + text.size()) {
    return bad_value("--seed", text, "a whole number of 0 to 2^64 - 1");
  }
  return seed;
}

Result<double> parse_share(std::string_view option, const std::string& text) {
  std::string_view rest = text;
  double number = 0.0;
  const bool good = take_number(rest, number) && (rest.empty() || rest == "%");
  if (good && rest == "%") number /= 100.0;
  if (!good || number > 10.0) return bad_value(option, text, "a share such as 5% or 0.05");
  return number;
}

Result<double> parse_tolerance(std::string_view option, const std::string& text) {
  double share = 0.0;
  const char* end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data(), end, share);
  std::string_view rest(at, static_cast<std::size_t>(end - at));
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  const bool valid = problem == std::errc() && std::isfinite(share) && share >= 0.0;
  if (!valid || (rest != "" && rest != "%")) {
    return bad_value(option, text, "a number such as 1e-3 or 0.1%");
  }
  return rest == "%" ? share / 100.0 : share;
}

Result<std::pair<std::string, std::int64_t>> parse_dim(const std::string& text) {
  const auto equals = text.rfind('=');
  std::int64_t size = 0;
  if (equals == std::string::npos || equals == 0 ||
      !parse_size(std::string_view(text).substr(equals + 1), size)) {
    return bad_value("--dim", text, "of the form NAME=N");
  }
  return std::pair(text.substr(0, equals), size);
}

Result<std::pair<std::string, std::vector<std::int64_t>>> parse_shape(const std::string& text) {
  constexpr std::string_view kExpected = "of the form NAME=1x3x224x224";
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) return bad_value("--shape", text, kExpected);
  std::vector<std::int64_t> shape;
  std::string_view rest = std::string_view(text).substr(equals + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of("x,"), rest.size());
    std::int64_t size = 0;
    if (!parse_size(rest.substr(0, end), size)) return bad_value("--shape", text, kExpected);
    shape.push_back(size);
    if (end + 1 == rest.size()) return bad_value("--shape", text, kExpected);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::pair(text.substr(0, equals), std::move(shape));
}

Result<std::pair<std::string, std::string>> parse_pair(std::string_view option,
                                                       const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return bad_value(option, text, "of the form A=B");
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

std::string closest(std::string_view word, std::span<const std::string> candidates) {
  std::string best;
  std::size_t best_distance = std::clamp<std::size_t>(word.size() / 2, 1, 3) + 1;
  for (const std::string& candidate : candidates) {
    std::size_t distance = edit_distance(word, candidate);
    // A word that was cut short is meant as well: --thread, insp.
    if (word.size() >= 3 && candidate.starts_with(word))
      distance = std::min<std::size_t>(distance, 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace vernier::cli
