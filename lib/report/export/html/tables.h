#pragma once

#include <string>
#include <vector>

#include "report/report.h"

namespace vernier::exports {

/// Parts of the page, each HTML or empty.
std::string results_table(const Measurement& measurement, const std::vector<std::string>& names);
std::string course_table(const Measurement& measurement, const std::vector<std::string>& names);
std::string validity_table(const Measurement& measurement, const std::vector<std::string>& names);
std::string switches_table(const Measurement& measurement, const std::vector<std::string>& names);
std::string details(const Report& report, const std::vector<std::string>& names);

}  // namespace vernier::exports
