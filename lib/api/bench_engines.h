#pragma once

#include <vector>

#include "api/bench_cases.h"
#include "api/run_inputs.h"
#include "base/result.h"
#include "engine/worker_client.h"
#include "measure/conductor.h"
#include "vernier/bench.h"

namespace vernier {

/// The inputs of a case.
InputRequest input_request(const std::string& model, const BenchOptions& options,
                           const BenchCase& one);

/// How an engine is started, from the options' timeout and interrupt. Engines other than vernier,
/// which keeps its own budget, are held to max_memory_bytes by the kernel.
WorkerOptions worker_options(const std::string& engine, const BenchOptions& options);

/// Starts the engines, each in its process, with the second process of the first one where the
/// noise floor is to be measured. Errors: usage E-ENGINE-*, unsupported E-ENGINE-ABSENT.
Result<std::vector<Contender>> start_contenders(const std::string& model,
                                                const std::vector<BenchEntry>& entries,
                                                const BenchCase& one, const BenchOptions& options);

MeasureSettings measure_settings(const BenchOptions& options);

BenchComparison describe_comparison(const Comparison& comparison);

/// The measurement in the public form (without the JSON).
void describe_measurement(const Measurement& measurement, BenchReport& report);

}  // namespace vernier
