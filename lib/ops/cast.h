#pragma once

#include "graph/op_def.h"
#include "ops/cast_elements.h"

namespace vernier {

struct CastParams final : OpParams {
  DType to = DType::float32;
  CastOptions options;
};
/// Reads `saturate` and `round_mode`.
Result<CastOptions> parse_cast_options(AttrReader& attributes);

/// Converts the elements to another dtype.
extern const OpDef cast_op;

}  // namespace vernier
