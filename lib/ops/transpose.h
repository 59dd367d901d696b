#pragma once

#include <cstdint>
#include <vector>

#include "graph/op_def.h"

namespace vernier {

struct TransposeParams final : OpParams {
  std::vector<std::int64_t> perm;  ///< empty: reversed
};

/// The permutation for a tensor of this rank. Error: E-MODEL-ATTR when it is none.
Result<Shape> resolve_permutation(const TransposeParams& params, std::size_t rank);
/// The same memory with its axes in the new order. Error: as above.
Result<TensorView> transposed(const TransposeParams& params, const TensorView& x);

/// Permutes the dims: output dim i is input dim perm[i]; without perm they are reversed.
extern const OpDef transpose_op;

}  // namespace vernier
