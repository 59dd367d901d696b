#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "report/report.h"

namespace vernier {

/// A format that reports can be written in.
struct Exporter {
  std::string_view name;    ///< as in --export NAME=FILE
  std::string_view suffix;  ///< usual end of a file's name
  std::string_view summary;
  Result<std::string> (*write)(const Report& report);
};

/// All of them, in the order in which they are listed.
std::span<const Exporter> exporters() noexcept;

/// Error: usage E-REPORT-EXPORT, which lists the formats, for an unknown one.
Result<std::string> export_report(const Report& report, std::string_view format);

}  // namespace vernier
