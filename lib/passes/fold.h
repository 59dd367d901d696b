#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// What folding may do.
struct FoldOptions {
  std::shared_ptr<MemoryBudget> budget;  ///< shared with the graph's other constants; may be null
  /// A node whose outputs need more bytes than this and more than its inputs stays.
  std::size_t max_output_bytes = std::size_t{64} << 20;
  std::int64_t max_macs = std::int64_t{1} << 30;  ///< more work than this stays for run time
  std::vector<std::string> keep;                  ///< names of operators that are never folded
  bool constants = true;                          ///< evaluate nodes whose inputs are all constant
  bool shapes = true;           ///< integers that follow from known dims become constants
  std::int64_t max_edits = -1;  ///< stop folding after this many nodes; < 0: no limit
};

/// What folding did; `blocked` counts nodes with constant inputs that stay, by reason.
struct FoldReport {
  std::int64_t constants = 0;
  std::int64_t shapes = 0;
  std::map<std::string, std::int64_t> blocked;
};

/// One walk that infers all types and folds on the way: nodes whose inputs are all constant are
/// evaluated by their scalar reference, and integer values that follow from known dims (Shape, Size
/// and arithmetic on them) become constants. Then removes what nothing reads. Bodies are copied
/// first, so that clones of the graph are not touched. Run it again after binding input dims.
/// Errors: as infer_types. A node that cannot be evaluated is left for run time.
Result<void> fold_and_infer(Graph& graph, const FoldOptions& options = {},
                            FoldReport* report = nullptr);

}  // namespace vernier
