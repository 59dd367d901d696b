#pragma once

#include <memory>
#include <string_view>

#include "base/budget.h"
#include "base/result.h"
#include "onnx/import.h"
#include "onnx/ir.h"

namespace vernier::onnx {

/// Rewrites every node whose opset gives it an older form into the newest one (opset kNewestOpset),
/// so that operators know one meaning only, and turns Constant nodes into constants. Each rewrite
/// adds a line to ModelIr::notes naming node and change. The differences are those of ONNX's
/// operator changelog (https://github.com/onnx/onnx/blob/main/docs/Changelog.md). Errors:
/// unsupported E-UNSUPPORTED-OPSET for old forms without a newer equal, invalid_model E-MODEL-ATTR.
Result<void> upgrade(ModelIr& model, const ImportOptions& options,
                     const std::shared_ptr<MemoryBudget>& budget);

/// True for operators that upgrade() replaces altogether (Constant, Scatter, Upsample).
bool is_upgraded(const NodeIr& node);

/// The first opset of ai.onnx whose form of `op` the importer understands: kOldestOpset, or less
/// for operators that were already the same before.
int oldest_opset(std::string_view op);

}  // namespace vernier::onnx
