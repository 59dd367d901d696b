#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct ReverseSequenceParams final : OpParams {
  std::int64_t batch_axis = 1;  ///< 0 or 1
  std::int64_t time_axis = 0;   ///< the other one
};

/// Reverses the first sequence_lens[b] entries along the time axis of every batch entry b.
extern const OpDef reverse_sequence_op;

}  // namespace vernier
