#pragma once

#include "graph/op_def.h"

namespace vernier {

/// DFT along one axis (opset 20 meaning). Inputs X [..., 1 or 2] (real or complex pairs),
/// dft_length?, axis? (default -2). onesided keeps the first half of a real input's bins; inverse
/// and onesided turn such a half back into real values.
struct DftParams final : OpParams {
  bool inverse = false;
  bool onesided = false;
};
extern const OpDef dft_op;

}  // namespace vernier
