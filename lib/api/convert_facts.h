#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "onnx/export.h"

namespace vernier {

/// Bytes of the graph's own constants.
std::uint64_t weight_bytes(const Graph& graph);

/// Bytes of float32 constants, those in bodies too.
std::uint64_t float_bytes(const Graph& graph);

/// What stands in the way of `opset`, the first few nodes by name. Unsupported E-EXPORT-OPSET.
Error blocked_error(const std::vector<onnx::ExportBlocker>& blockers, int opset);

/// Whether the file states types of values between its nodes.
bool declares_values(const Graph& graph);

}  // namespace vernier
