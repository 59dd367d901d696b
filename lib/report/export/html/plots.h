#pragma once

#include <string>
#include <vector>

#include "report/report.h"

namespace vernier::exports {

/// Results that the plots show, with their names and colours; more than these are tables only.
inline constexpr std::size_t kMaxPlotted = 8;
/// Runs drawn of all results together; extremes are kept.
inline constexpr std::size_t kMaxPoints = 2000;

/// Whether anything was measured that can be drawn.
bool anything_to_plot(const Measurement& measurement);

/// `<figure>`: share of runs that took at most so long, a curve a result.
std::string ecdf_figure(const Measurement& measurement, const std::vector<std::string>& names);

/// `<figure>`: runs and block medians over the rounds.
std::string series_figure(const Measurement& measurement, const std::vector<std::string>& names);

/// Rows of ratio and interval on one axis, with the band in which differences count as none.
std::string forest(const Report& report);

}  // namespace vernier::exports
