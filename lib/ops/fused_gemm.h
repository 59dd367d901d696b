#pragma once

#include "ops/activation.h"
#include "ops/gemm.h"

namespace vernier {

/// Internal (domain "vernier"): activation(gemm(A, B, C) + residual). Inputs A, B, C?, residual?;
/// the residual has the output's shape. Gemm's attributes plus those of parse_activation; float
/// types.
struct FusedGemmParams final : GemmParams {
  Activation activation;
};
extern const OpDef fused_gemm_op;

}  // namespace vernier
