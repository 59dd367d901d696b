#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "graph/graph.h"

namespace vernier {

/// Puts named tensors into the order of `expected` and checks them. Errors: usage E-INPUT-NAME (a
/// name that the model does not have, a missing or repeated one), invalid_data E-INPUT-DTYPE,
/// E-INPUT-RANK, E-INPUT-SHAPE.
Result<std::vector<Tensor>> order_inputs(std::span<const TensorInfo> expected,
                                         std::span<const NamedTensor> given);

/// The types of tensors.
std::vector<ValueType> types_of(std::span<const Tensor> tensors);

/// For messages: "'a', 'b'", or "none".
std::string names_of(std::span<const TensorInfo> infos);
/// The same with types: "'a' float32[1,3], 'b' int64[2]".
std::string names_and_types_of(std::span<const TensorInfo> infos);

/// Names and types of `ports`, the inputs or the outputs of `graph`.
std::vector<TensorInfo> infos_of(const Graph& graph, std::span<const Port> ports);

/// Gives the named symbolic dimensions of a graph's inputs their sizes. Error: usage E-DIM-NAME for
/// a name that no input has, or a negative size.
Result<void> bind_dims(Graph& graph, const std::vector<std::pair<std::string, std::int64_t>>& dims);

/// The types of the graph's outputs: before inference, those that the file declares.
std::vector<ValueType> output_types(const Graph& graph);
/// Outputs whose declared shape (parallel to the outputs) is not theirs, a line each for people.
std::vector<std::string> wrong_declarations(const Graph& graph,
                                            std::span<const ValueType> declared);

}  // namespace vernier
