#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct SpaceToDepthParams final : OpParams {
  std::int64_t blocksize = 1;
};

/// Moves blocksize x blocksize pixels into channels.
extern const OpDef space_to_depth_op;

}  // namespace vernier
