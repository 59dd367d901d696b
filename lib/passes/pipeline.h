#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"
#include "passes/fold.h"
#include "passes/pass.h"

namespace vernier {

/// Which rewrites run.
enum class PassSet : std::uint8_t {
  native,    ///< all: the result may hold operators of vernier's own
  portable,  ///< those whose result is an ONNX model again, at `opset`
};

struct RewriteOptions {
  PassSet set = PassSet::native;
  int opset = 0;                         ///< portable: operators that begin later are not made
  std::shared_ptr<MemoryBudget> budget;  ///< for folded and rewritten constants; may be null
  std::vector<std::string> disabled;     ///< pass names; an unknown one is a usage error
  /// Stop after this many edits over all passes (bisecting a wrong rewrite); < 0: no limit.
  std::int64_t stop_after_edits = -1;
  int max_iterations = 16;
  std::size_t max_fold_bytes = FoldOptions{}.max_output_bytes;
  std::vector<std::string> keep_ops;  ///< operators that folding leaves alone
};

/// What one pass did. `applied` is the sum over all rounds; `no_match` and `blocked` are those of
/// the last round, that is of the graph as it came out.
struct PassReport {
  std::string name;
  std::int64_t applied = 0;
  std::int64_t no_match = 0;
  std::map<std::string, std::int64_t> blocked;  ///< reason -> nodes
  std::int64_t ns = 0;
};

struct RewriteReport {
  std::vector<PassReport> passes;  ///< in the order of the pipeline
  std::int64_t edits = 0;
  int iterations = 0;
  bool stopped = false;           ///< stop_after_edits was reached
  std::vector<std::string> caps;  ///< what ended at a cap instead of a fixed point; usually empty
};

/// Names of all passes in the order they run.
std::vector<std::string_view> pass_names();

/// Rewrites the graph and the bodies in it until nothing changes: types are inferred with folding,
/// then every pass visits every node; after each pass that changed something the graph is verified.
/// Bodies are copied first, so that clones of the graph are not touched. Types are inferred at the
/// end. Errors: usage E-USAGE-PASS for an unknown name in `disabled`; what inference says about the
/// model; internal errors name the pass.
Result<RewriteReport> run_passes(Graph& graph, const RewriteOptions& options = {});

/// Runs exactly these passes (names as in the report) without the standard list; for tests and new
/// passes. Folding is off.
Result<RewriteReport> run_passes(Graph& graph, std::span<const Pass* const> passes,
                                 const RewriteOptions& options);

}  // namespace vernier
