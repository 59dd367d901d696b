#pragma once

#include "graph/op_def.h"

namespace vernier {

/// What LayerNormalization and RMSNormalization share: rows made of the axes from `axis` on.
struct NormalizedRows {
  std::size_t axis = 0;
  std::int64_t rows = 0;
  std::int64_t row = 0;  ///< elements of one row
};
Result<NormalizedRows> resolve_rows(std::int64_t axis, const Shape& x);

/// Input `i` as if broadcast to the shape of x, dense in scratch. Error E-MODEL-SHAPE when it does
/// not broadcast to it.
Result<const double*> broadcast_input(EvalContext& context, std::size_t i, const Shape& x);
/// Inference side of broadcast_input.
Result<void> check_broadcast_input(const InferContext& context, std::size_t i, const char* what);

}  // namespace vernier
