#pragma once

#include <memory>

#include "base/budget.h"
#include "base/result.h"
#include "onnx/import.h"
#include "onnx/ir.h"

namespace vernier::onnx {

/// Rewrites every node whose opset gives it an older form into the newest one (opset kNewestOpset), so
/// that operators know one meaning only, and turns Constant nodes into constants. Each rewrite adds a
/// line to ModelIr::notes naming node and change. The differences are those of ONNX's operator
/// changelog (https://github.com/onnx/onnx/blob/main/docs/Changelog.md). Errors: unsupported
/// E-UNSUPPORTED-OPSET for old forms without a newer equal, invalid_model E-MODEL-ATTR.
Result<void> upgrade(ModelIr& model, const ImportOptions& options,
                     const std::shared_ptr<MemoryBudget>& budget);

/// True for operators that upgrade() replaces altogether (Constant, Scatter, Upsample).
bool is_upgraded(const NodeIr& node);

}  // namespace vernier::onnx
