#pragma once

#include <cstdint>
#include <optional>

#include "graph/op_def.h"

namespace vernier {

struct CompressParams final : OpParams {
  std::optional<std::int64_t> axis;  ///< in [-rank, rank); nullopt: flattened
};

/// Keeps the entries of `axis` (or of the flattened input) where the condition is true.
extern const OpDef compress_op;

}  // namespace vernier
