#pragma once

#include <cstdint>
#include <optional>

#include "graph/op_def.h"

namespace vernier {

struct UniqueParams final : OpParams {
  std::optional<std::int64_t> axis;  ///< nullopt: flattened
  bool sorted = true;
};

/// Distinct elements (or slices along `axis`), sorted or in order of first appearance; with the
/// index of the first of each, the inverse mapping and the counts.
extern const OpDef unique_op;

}  // namespace vernier
