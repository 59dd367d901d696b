#pragma once

#include <string>

#include <vernier/compare.h>

namespace vernier::cli {

/// The result of a comparison for people.
std::string compare_text(const CompareReport& report);

}  // namespace vernier::cli
