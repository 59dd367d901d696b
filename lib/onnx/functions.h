#pragma once

#include "base/result.h"
#include "onnx/import.h"
#include "onnx/ir.h"

namespace vernier::onnx {

/// Replaces every call of a model-local function, in all graphs reachable from the main one, by the
/// function's nodes with unique names; attribute references take the call's values or the declared
/// defaults. A model's own function wins over an operator of the same name. Errors: invalid_model
/// E-MODEL-FUNCTION (recursion, named as f -> g -> f), E-MODEL-ARITY; limit E-LIMIT-DEPTH,
/// E-LIMIT-NODES.
Result<void> inline_functions(ModelIr& model, const ImportOptions& options);

}  // namespace vernier::onnx
