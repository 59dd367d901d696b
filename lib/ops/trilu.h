#pragma once

#include "graph/op_def.h"

namespace vernier {

struct TriluParams final : OpParams {
  bool upper = true;
};

/// Keeps the upper (or lower) triangle of the last two dims, from the k-th diagonal (input 1) on;
/// the rest is zero.
extern const OpDef trilu_op;

}  // namespace vernier
