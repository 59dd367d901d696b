#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// Type and shape inference over a whole graph (bodies included), in topological order. Declared
/// types of values are checked against what the operators infer; a contradiction is an error
/// (invalid_model, E-MODEL-SHAPE or E-MODEL-DTYPE) that names node, tensor and both types. A
/// declaration completes a dtype, and the shape of a body's input; it never fixes a size that
/// inference leaves open, because the data decides that one.
struct InferOptions {
  /// Called before a node is inferred; may turn its outputs into constants (constant folding) by
  /// returning true, in which case inference is skipped.
  std::function<Result<bool>(Graph&, NodeId)> fold;
  /// Called after a node was inferred, for each int64 or int32 output of rank 0 or 1 whose elements
  /// are all known (>= 0), except inside bodies of loops; may turn the output into a constant.
  std::function<Result<void>(Graph&, NodeId, std::size_t output, std::span<const Dim> elements)>
      known;
  int max_depth = 32;  ///< nesting of bodies; more is a limit error
};
Result<void> infer_types(Graph& graph, const InferOptions& options = {});

/// Types of one node's outputs from the present types of its inputs; what the outputs are known to
/// be stays. Elements of integer tensors are known only where they are constants.
Result<void> infer_node(Graph& graph, NodeId node);

/// Sets the type of a graph input before inference (binding symbolic dims or a new shape).
void bind_input(Graph& graph, std::size_t input, const ValueType& type);

/// Whether an error of inference says that shapes do not fit (invalid_model, E-MODEL-SHAPE).
bool is_shape_error(const Error& error);

/// Replaces a symbol by a size in all input types of the graph.
void bind_symbol(Graph& graph, std::string_view symbol, std::int64_t size);

/// Where inference leaves the rank of an output open, or a dim that `declared` (parallel to the
/// outputs) names as an input's is named, what is declared stands. Sizes that are declared do not
/// come back where inference leaves a dim open, nor with the rank where shapes are bound: they may
/// be those of other inputs.
void keep_declared_outputs(Graph& graph, std::span<const ValueType> declared);

}  // namespace vernier
