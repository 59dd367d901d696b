#pragma once

#include <vector>

#include "graph/op_def.h"

namespace vernier {

/// Col2Im: inputs X [N, C * product(block), L], image_shape, block_shape; output [N,C,image...],
/// where overlapping blocks add up.
struct Col2ImParams final : OpParams {
  std::vector<std::int64_t> strides;
  std::vector<std::int64_t> pads;
  std::vector<std::int64_t> dilations;
};
extern const OpDef col2im_op;

}  // namespace vernier
