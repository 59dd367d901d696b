#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "measure/measurement.h"

namespace vernier::exports {

/// The text as valid UTF-8 for people's eyes: invalid bytes become U+FFFD, control characters a
/// space, and characters that reorder or hide text (bidirectional controls, zero width, line
/// separators, tags) their number, "<U+202E>".
std::string visible(std::string_view text);

/// visible(), and the characters with a meaning in XML and HTML escaped, for texts and attributes.
std::string markup(std::string_view text);

/// "%.*g" that never prints an exponent for values up to 1e15; "-" for what is not finite.
std::string figure(double value, int digits = 4);

/// "1e-06", "0.001": two digits, for errors and probabilities.
std::string scientific(double value);

/// A duration's unit that suits `ns`, for a table or an axis.
struct TimeUnit {
  double ns = 1.0;
  const char* name = "ns";
};
TimeUnit time_unit(double ns) noexcept;
std::string in_unit(double ns, const TimeUnit& unit, int digits = 4);
/// "5.93 ms".
std::string duration(double ns, int digits = 4);
/// "32.5 MiB"; "-" for 0, which stands for unknown.
std::string bytes(std::uint64_t count);
std::string percent(double share, int digits = 3);

/// Smallest p50 (or mean) of the results, for choosing a unit; 0 without any.
double smallest_latency(const Measurement& measurement);

/// "precision=fp32 threads=1 ...": settings of a result in one line.
std::string settings_text(const EngineMeasurement& m);
/// One line for an error as a report shows it.
std::string error_text(const Error& error);
std::string file_name(std::string_view path);

}  // namespace vernier::exports
