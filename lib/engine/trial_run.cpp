#include "engine/trial_run.h"

#include <utility>

#include "base/cpu_features.h"
#include "engine/inputs.h"
#include "runtime/thread_pool.h"

namespace vernier {

Result<NativeModelOptions> native_options(const TrialOptions& options) {
  NativeModelOptions loading;
  loading.backends.assign(options.backends.begin(), options.backends.end());
  VERNIER_ASSIGN(loading.lower.isa, effective_isa_tier());
  loading.lower.threads = options.threads;
  loading.optimize = options.optimize;
  return loading;
}

Result<void> run_trials(Model model, std::span<const std::vector<NamedTensor>> inputs,
                        const TrialOptions& options, const TrialVisitor& visit) {
  VERNIER_ASSIGN(NativeModelOptions loading, native_options(options));
  VERNIER_ASSIGN(const auto native,
                 NativeModel::load(std::move(model), make_memory_budget(options.max_memory_bytes),
                                   std::move(loading)));
  VERNIER_ASSIGN(const auto pool, ThreadPool::create(options.threads));
  const Graph& graph = native->model().graph;
  const std::vector<TensorInfo> ports = infos_of(graph, graph.inputs);
  for (const auto& set : inputs) {
    VERNIER_ASSIGN(const auto ordered, order_inputs(ports, set));
    VERNIER_ASSIGN(const Graph specialized, native->specialize(types_of(ordered)));
    VERNIER_ASSIGN(const auto plan, native->plan(specialized));
    VERNIER_TRY(native->materialize(*plan));
    VERNIER_ASSIGN(const auto state, State::create(plan, native->budget()));
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      VERNIER_TRY(state->bind_input(i, ordered[i].view()));
    }
    VERNIER_TRY(state->run(*pool));
    visit(ordered, *state);
  }
  return {};
}

}  // namespace vernier
