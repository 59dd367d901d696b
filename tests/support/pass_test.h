#pragma once

#include <map>
#include <string>

#include "passes/passes.h"
#include "passes/pipeline.h"
#include "support/graph_dsl.h"

namespace vernier::test {

/// Runs one pass on a copy of `graph`, demands equal numbers, and returns what came out.
struct PassRun {
  Graph graph;
  RewriteReport report;

  [[nodiscard]] std::int64_t applied() const { return report.passes.at(0).applied; }
  [[nodiscard]] std::int64_t blocked(const std::string& reason) const {
    const auto& reasons = report.passes.at(0).blocked;
    const auto at = reasons.find(reason);
    return at == reasons.end() ? 0 : at->second;
  }
};

inline PassRun run_pass(const Graph& before, const Pass& pass, const std::vector<Tensor>& inputs,
                        double tolerance = 2e-6) {
  PassRun run{before, {}};
  const Pass* const passes[] = {&pass};
  auto report = run_passes(run.graph, passes, {});
  if (!report) FAIL(format_error(report.error()));
  run.report = std::move(report).value();
  REQUIRE(run.report.caps.empty());
  REQUIRE(run.report.passes.at(0).name == pass.name());
  require_same_numbers(before, run.graph, inputs, tolerance);
  return run;
}

/// A pass that must leave the graph as it is.
inline PassRun run_idle(const Graph& before, const Pass& pass, const std::vector<Tensor>& inputs) {
  PassRun run = run_pass(before, pass, inputs, 0.0);
  INFO(print(run.graph));
  REQUIRE(run.applied() == 0);
  REQUIRE(count_ops(run.graph, "") == count_ops(before, ""));
  return run;
}

}  // namespace vernier::test
