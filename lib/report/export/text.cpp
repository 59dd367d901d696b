#include "report/export/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace vernier::exports {
namespace {

struct Decoded {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool valid = false;
};

/// One code point of UTF-8; overlong forms, surrogates and what is cut short are invalid.
Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length, true};
}

/// Changes what the reader sees without being seen.
bool deceptive(char32_t c) {
  return c == 0x061C || c == 0x00AD || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || c == 0xFFFE || c == 0xFFFF ||
         (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Decoded d = decode(text);
    if (!d.valid) {
      out += "\xEF\xBF\xBD";
    } else if (d.code < 0x20 || (d.code >= 0x7F && d.code < 0xA0)) {
      out += ' ';
    } else if (deceptive(d.code)) {
      std::array<char, 16> name{};
      std::snprintf(name.data(), name.size(), "<U+%04X>", static_cast<unsigned>(d.code));
      out += name.data();
    } else {
      out += text.substr(0, d.bytes);
    }
    text.remove_prefix(d.bytes);
  }
  return out;
}

std::string markup(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string figure(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  std::array<char, 64> text{};
  const double size = std::abs(value);
  if (size >= 1e15 || (size > 0.0 && size < 1e-4)) {
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    return text.data();
  }
  const int whole = size < 1.0 ? 1 : static_cast<int>(std::log10(size)) + 1;
  const int leading = size > 0.0 && size < 1.0 ? static_cast<int>(-std::log10(size)) : 0;
  const int decimals =
      size == 0.0 ? 0 : std::max(0, size < 1.0 ? digits + leading : digits - whole);
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string scientific(double value) {
  if (!std::isfinite(value)) return "not finite";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2g", value);
  return text.data();
}

TimeUnit time_unit(double ns) noexcept {
  if (ns >= 1e9) return {1e9, "s"};
  if (ns >= 1e6) return {1e6, "ms"};
  if (ns >= 1e3) return {1e3, "\xC2\xB5s"};
  return {1.0, "ns"};
}

std::string in_unit(double ns, const TimeUnit& unit, int digits) {
  return figure(ns / unit.ns, digits);
}

std::string duration(double ns, int digits) {
  const TimeUnit unit = time_unit(ns);
  return in_unit(ns, unit, digits) + " " + unit.name;
}

std::string bytes(std::uint64_t count) {
  if (count == 0) return "-";
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(count);
  std::size_t unit = 0;
  for (; value >= 1024.0 && unit + 1 < kUnits.size(); ++unit) value /= 1024.0;
  return figure(value, unit == 0 ? 15 : 3) + " " + kUnits.at(unit);
}

std::string percent(double share, int digits) { return figure(share * 100.0, digits) + " %"; }

double smallest_latency(const Measurement& measurement) {
  double least = 0.0;
  for (const EngineMeasurement& m : measurement.engines) {
    if (m.latency.n == 0) continue;
    const double value =
        m.latency.p50.value ? static_cast<double>(*m.latency.p50.value) : m.latency.mean;
    if (least == 0.0 || value < least) least = value;
  }
  return least;
}

std::string settings_text(const EngineMeasurement& m) {
  const auto plural = [](int n, const char* word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
  };
  std::string text = m.settings.precision + ", " + plural(m.settings.threads, "thread") +
                     ", batch " + std::to_string(m.batch);
  if (m.settings.streams > 1) text += ", " + plural(m.settings.streams, "stream");
  return text;
}

std::string error_text(const Error& error) {
  std::string text = std::string(kind_name(error.code)) + ": ";
  if (!error.where.node.empty()) text += "node '" + error.where.node + "': ";
  text += error.message;
  if (!error.id.empty()) text += " [" + error.id + "]";
  return text;
}

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

}  // namespace vernier::exports
