#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <vernier/result.h>

namespace vernier::cli {

/// "512", "64K", "64KiB", "1.5G", "2GB": K, M, G, T and KiB.. are powers of 1024, KB.. of 1000.
Result<std::uint64_t> parse_bytes(std::string_view option, const std::string& text);
/// Seconds: "2", "0.5", "2s", "500ms", "3min". 0 to 1e8.
Result<double> parse_seconds(std::string_view option, const std::string& text);
/// "A,B,C", given any number of times: all members, none of them empty.
Result<std::vector<std::string>> parse_list(std::string_view option,
                                            const std::vector<std::string>& texts);
/// The same of whole numbers, low..high.
Result<std::vector<std::int64_t>> parse_integers(std::string_view option,
                                                 const std::vector<std::string>& texts,
                                                 std::int64_t low, std::int64_t high);
/// 0 to 2^64 - 1.
Result<std::uint64_t> parse_seed(const std::string& text);
/// A share: "5%", "0.05". Finite, 0..10.
Result<double> parse_share(std::string_view option, const std::string& text);
/// A bound on a relative difference: "1e-3", "0.001", "0.1%". Finite, not negative.
Result<double> parse_tolerance(std::string_view option, const std::string& text);
/// "NAME=N", N >= 0.
Result<std::pair<std::string, std::int64_t>> parse_dim(const std::string& text);
/// "NAME=1x3x224x224"; "NAME=" is a scalar.
Result<std::pair<std::string, std::vector<std::int64_t>>> parse_shape(const std::string& text);
/// "A=B", both not empty.
Result<std::pair<std::string, std::string>> parse_pair(std::string_view option,
                                                       const std::string& text);

/// The candidate closest to `word` (Levenshtein distance), when it is close enough to be meant;
/// empty otherwise.
std::string closest(std::string_view word, std::span<const std::string> candidates);

}  // namespace vernier::cli
