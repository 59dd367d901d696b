#pragma once

#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// Takes operators that `opset` does not have yet apart, into those that it has: HardSwish (14),
/// GreaterOrEqual and LessOrEqual (12), LayerNormalization (17), Mish (18), Gelu (20),
/// GroupNormalization (in its form of 21), RMSNormalization (23), Swish (24), and a Softmax,
/// LogSoftmax or Hardmax along an axis behind which others have sizes above 1 (13). What they
/// become is the definition in the standard; computation stays in the type of the operands, which
/// must be float or double for normalisations (they are defined in float inside). Types must be
/// inferred. Returns one line for each operator, "HardSwish: 3"; what cannot be taken apart (ranks
/// that are not known, optional outputs) is left as it is.
Result<std::vector<std::string>> expand_operators(Graph& graph, int opset,
                                                  const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
