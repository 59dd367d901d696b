#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "engine/engine.h"
#include "graph/graph.h"
#include "vernier/types.h"

namespace vernier {

/// The engine settings of the options; threads resolved.
EngineSettings engine_settings(const ModelOptions& options);

TensorDescription describe_input(const TensorInfo& info);

/// Inputs with what the constants of their model need of them (see passes/input_uses.h).
std::vector<TensorInfo> with_uses(std::vector<TensorInfo> inputs, const Graph& graph);
/// The same of a model file, by names; nothing is added where it cannot be read, because the engine
/// that takes it perhaps can.
std::vector<TensorInfo> with_uses(std::vector<TensorInfo> inputs, const std::string& model,
                                  std::shared_ptr<MemoryBudget> budget);

/// Sizes of free dimensions, decided once for all inputs.
struct ResolvedInputs {
  std::vector<ValueType> types;  ///< parallel to the inputs; every dim known
  std::vector<std::pair<std::string, std::int64_t>> assumed;  ///< what nobody gave
};

/// Gives every free dimension of `inputs` a size: from `shapes` (input name -> shape, also of
/// tensors at hand), equal names being equal sizes, and otherwise by assumption: what constants
/// need (with_uses), 1 in front, 224 for the height and width of pictures (320 for a free width
/// alone), 16 for the length of token sequences, else 1. Errors: usage E-INPUT-NAME, E-SHAPE for
/// shapes that do not fit the input; invalid_model for inputs that are not tensors of known rank.
Result<ResolvedInputs> resolve_inputs(
    std::span<const TensorInfo> inputs,
    const std::vector<std::pair<std::string, std::vector<std::int64_t>>>& shapes);

/// Gives the inputs of a graph that will be written the sizes that the options name (dims, shapes),
/// for good: equal names are equal sizes, and Graph::bound is set. Returns the inputs that changed,
/// with their types, for people; nothing is done when the options name none. Errors: usage
/// E-DIM-NAME, E-INPUT-NAME, E-SHAPE.
Result<std::vector<std::string>> fix_sizes(Graph& graph, const ModelOptions& options);

/// An error that follows from sizes that were only assumed is no fault of the model: turns an
/// invalid_model error into usage E-DIM-ASSUMED that names the dimensions to give.
Error blame_assumed(Error error, const std::vector<std::pair<std::string, std::int64_t>>& assumed);

}  // namespace vernier
