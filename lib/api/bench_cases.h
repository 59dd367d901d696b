#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/engines.h"
#include "vernier/bench.h"

namespace vernier {

/// One setting of the inputs: what all engines of a comparison share.
struct BenchCase {
  std::string label;       ///< "batch=8", "x=1x3x320x320"; empty when there is one case only
  std::int64_t batch = 0;  ///< 0: as the model says
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
};

/// Batch sizes times shapes.
std::vector<BenchCase> bench_cases(const BenchOptions& options);

/// One engine with its settings.
struct BenchEntry {
  std::string label;  ///< the request, with the members of lists: "vernier:threads=2,streams=4"
  EngineRequest request;
  EngineSettings settings;
  BenchVariant own;
};

/// Engines times precisions, threads and streams; what a request says itself is not varied. An
/// entry that is given again gets " #2". Errors: usage E-ENGINE-SPEC.
Result<std::vector<BenchEntry>> bench_entries(const BenchOptions& options);

}  // namespace vernier
