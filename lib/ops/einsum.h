#pragma once

#include <string>

#include "graph/op_def.h"

namespace vernier {

/// Einsum: sums of products of any number of operands as the equation says ("bij,bjk->bik";
/// ellipsis and repeated labels allowed; without "->" the labels that occur once, in alphabetical
/// order).
struct EinsumParams final : OpParams {
  std::string equation;  ///< without spaces
};
extern const OpDef einsum_op;

}  // namespace vernier
