#pragma once

#include "base/result.h"
#include "graph/attribute.h"
#include "graph/op_def.h"
#include "ops/activation.h"

namespace vernier {

/// What the fused operators (FusedConv, FusedGemm, FusedMatMul) do behind their sum.

/// Reads the attributes `activation` (a name such as "relu", "gelu_erf"; default "none"),
/// `activation_alpha` and `activation_beta`.
Result<Activation> parse_activation(AttrReader& attributes);
/// "relu", "hard_swish", ...: the spelling that parse_activation reads.
const char* activation_name(Activation::Kind kind) noexcept;

/// values = activation(values + residual), where the residual input may be absent. `values` is
/// dense in `shape`; the residual must have exactly that shape (E-MODEL-SHAPE).
Result<void> add_residual_and_activate(EvalContext& context, std::size_t residual_input,
                                       const Activation& activation, const Shape& shape,
                                       double* values);
/// Inference side: the residual's type against the output's.
Result<void> check_residual(const InferContext& context, std::size_t residual_input,
                            const ValueType& output);

}  // namespace vernier
