#pragma once

#include "base/result.h"
#include "graph/graph.h"
#include "onnx/import.h"
#include "onnx/ir.h"

namespace vernier::onnx {

/// The error that lists every operator and opset of the reachable graphs that vernier cannot serve,
/// or nothing. Operators that the upgrader turns into others count as served. The list goes to
/// `findings` too, unless null.
Result<void> check_operators(const ModelIr& model, ImportFindings* findings);

/// Turns names into ids: resolves values and captures, parses attributes, checks arity, single
/// assignment, order and cycles. Bodies are built before the graphs that own them. Empties `model`.
Result<Graph> build_graph(ModelIr& model, const ImportOptions& options);

/// Indices of the graphs reachable from the main one, owners before their bodies. Error: limit
/// E-LIMIT-DEPTH when bodies nest deeper than `max_depth`.
Result<std::vector<int>> reachable_graphs(const ModelIr& model, int max_depth);

}  // namespace vernier::onnx
