#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "graph/op_def.h"

namespace vernier {

struct EyeLikeParams final : OpParams {
  DType dtype = DType::undefined;  ///< undefined: the input's
  std::int64_t k = 0;
};

/// Ones on the k-th diagonal of a matrix shaped like the input.
extern const OpDef eye_like_op;

}  // namespace vernier
