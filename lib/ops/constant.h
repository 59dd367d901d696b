#pragma once

#include "graph/op_def.h"
#include "tensor/tensor.h"

namespace vernier {

struct ConstantParams final : OpParams {
  Tensor value;
};

/// The tensor that an attribute holds.
extern const OpDef constant_op;

}  // namespace vernier
