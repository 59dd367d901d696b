#pragma once

#include "graph/op_def.h"
#include "tensor/tensor.h"

namespace vernier {

struct ConstantOfShapeParams final : OpParams {
  Tensor value;  ///< one element
};

/// A tensor of the shape of input 0 filled with one value (float 0 by default).
extern const OpDef constant_of_shape_op;

}  // namespace vernier
