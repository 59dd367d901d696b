#pragma once

#include "ops/activation.h"
#include "ops/conv.h"

namespace vernier {

/// Internal (domain "vernier"): activation(conv(X, W) + B + residual). Inputs X, W, B?, residual?;
/// the residual has the output's shape. Conv's attributes plus those of parse_activation.
struct FusedConvParams final : ConvParams {
  Activation activation;
};
extern const OpDef fused_conv_op;

}  // namespace vernier
