#pragma once

#include <cstdint>

#include "graph/op_def.h"

namespace vernier {

struct DepthToSpaceParams final : OpParams {
  std::int64_t blocksize = 1;
  bool column_first = false;  ///< mode CRD
};

/// Moves blocks of channels into blocksize x blocksize pixels (modes DCR and CRD).
extern const OpDef depth_to_space_op;

}  // namespace vernier
