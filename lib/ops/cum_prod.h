#pragma once

#include "graph/op_def.h"

namespace vernier {

struct CumProdParams final : OpParams {
  bool exclusive = false;  ///< element i is not part of product i
  bool reverse = false;
};

/// Running product along the axis of input 1; integers wrap around.
extern const OpDef cum_prod_op;

}  // namespace vernier
