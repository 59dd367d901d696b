#include "measure/shape_switch.h"

#include <algorithm>
#include <chrono>

#include "engine/worker_client.h"

namespace vernier {
namespace {

/// Every ordered pair (a, b), a != b, is a step of the walk: an Eulerian circuit of the complete
/// directed graph, which goes 0, 1, 0, 2, 1, 2, 0, 3, ... by taking back and forth steps and
/// closing the ring of each new case.
std::vector<std::size_t> walk(std::size_t cases) {
  std::vector<std::size_t> order{0};
  for (std::size_t last = 1; last < cases; ++last) {
    for (std::size_t other = 0; other < last; ++other) {
      order.push_back(last);
      order.push_back(other == last - 1 ? 0 : other + 1);
    }
  }
  return order;
}

}  // namespace

Result<std::vector<ShapeSwitch>> measure_shape_switches(Engine& engine,
                                                        const std::vector<ShapeCase>& cases,
                                                        int settle_runs) {
  std::vector<ShapeSwitch> switches;
  if (cases.size() > kMaxSwitchCases) {
    return usage_error("the cost of changing shapes is measured for at most " +
                       std::to_string(kMaxSwitchCases) + " settings");
  }
  std::vector<bool> seen(cases.size(), false);
  std::string from;
  for (const std::size_t at : walk(cases.size())) {
    const ShapeCase& next = cases[at];
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    VERNIER_TRY(engine.bind(next.inputs));
    ShapeSwitch change{
        from, next.label,
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count(), 0,
        seen[at]};
    if (const auto* worker = dynamic_cast<const WorkerEngine*>(&engine)) {
      change.bind_ns = worker->bind_ns();  // without the copies into shared memory
    }
    VERNIER_ASSIGN(const TimedRuns first, engine.run_timed(1));
    change.first_ns = first.ns.at(0);
    switches.push_back(std::move(change));
    if (settle_runs > 0) VERNIER_TRY(engine.run_timed(settle_runs));
    seen[at] = true;
    from = next.label;
  }
  return switches;
}

}  // namespace vernier
