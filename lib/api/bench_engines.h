#pragma once

#include <vector>

#include "base/result.h"
#include "measure/conductor.h"
#include "vernier/bench.h"

namespace vernier {

/// Starts the engines that the options name, each in its process. Labels are the requests as given;
/// one that is given again gets " #2". Errors: usage E-ENGINE-*, unsupported E-ENGINE-ABSENT.
Result<std::vector<Contender>> start_contenders(const std::string& model,
                                                const BenchOptions& options);

MeasureSettings measure_settings(const BenchOptions& options);

/// The measurement in the public form (without the JSON).
void describe_measurement(const Measurement& measurement, BenchReport& report);

}  // namespace vernier
