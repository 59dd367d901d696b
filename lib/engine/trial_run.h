#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/native_model.h"
#include "graph/graph.h"
#include "runtime/state.h"

namespace vernier {

/// How a model in memory is tried out.
struct TrialOptions {
  std::span<const Backend* const> backends;
  int threads = 1;
  std::uint64_t max_memory_bytes = 0;  ///< 0: the default limit
  bool optimize = true;                ///< false: nothing is fused
};

/// The same for loading. Error: E-ISA of the environment.
Result<NativeModelOptions> native_options(const TrialOptions& options);

/// What to do after a run: the inputs in the order of the graph, and the state with its outputs.
using TrialVisitor = std::function<void(std::span<const Tensor> inputs, const State& state)>;

/// Runs a model that is not in a file once for each set of inputs. Errors: those of planning and
/// running.
Result<void> run_trials(Model model, std::span<const std::vector<NamedTensor>> inputs,
                        const TrialOptions& options, const TrialVisitor& visit);

}  // namespace vernier
