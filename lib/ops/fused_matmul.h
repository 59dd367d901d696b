#pragma once

#include "graph/op_def.h"
#include "ops/activation.h"
#include "ops/matmul.h"

namespace vernier {

/// Internal (domain "vernier"): activation(matmul(A, B) + bias + residual). Inputs A, B, bias?,
/// residual?; the bias is 1-D over the last axis of the output, the residual has the output's
/// shape.
struct FusedMatMulParams final : OpParams {
  Activation activation;
};
extern const OpDef fused_matmul_op;

}  // namespace vernier
