#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// In a graph whose sizes are fixed for good (Graph::bound) and that has an If: constants are
/// folded, branches of constant conditions take their If's place, and so does the other branch
/// where one cannot have these sizes, in bodies too, since readers of files infer both. Returns a
/// line for each of the latter, for people. Errors: as fold_and_infer and run_passes.
Result<std::vector<std::string>> settle_branches(Graph& graph,
                                                 const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
