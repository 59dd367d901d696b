#pragma once

#include <string>

#include <vernier/bench.h>

namespace vernier::cli {

class Console;

/// Tables of results (one for each case) and of changes of shape.
std::string results_text(const BenchReport& report, const Console& console);
/// One line.
std::string comparison_text(const BenchComparison& row);
/// Says on stderr what bears on whether the numbers can be trusted, each thing once.
void say_validity(Console& console, const BenchReport& report);

}  // namespace vernier::cli
