#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"
#include "passes/quant_target.h"
#include "quant/linear_quant.h"
#include "quant/recipe.h"

namespace vernier {

/// A tensor that shall be quantized.
struct PlacedTensor {
  ValueId value = ValueId::none;
  /// Whose parameters it has: itself, or the tensor that a MaxPool, Reshape, ... made it from.
  ValueId root = ValueId::none;
  std::optional<Range> fixed;  ///< known from the operator (Sigmoid: 0 to 1)
  /// Beyond this all that reads the tensor saturates (HardSwish is 0 below -3): the range need not
  /// be wider.
  std::optional<Range> useful;
  /// int8 with zero point 0, whatever the target has for activations.
  bool symmetric = false;
  int channel_axis = 1;
  /// False: only its range counts, for those that have it as root; no Q behind it.
  bool inserted = true;
};

/// A node with a constant weight that shall be quantized.
struct PlacedWeight {
  NodeId node = NodeId::none;
  ValueId input = ValueId::none;   ///< what it multiplies
  ValueId root = ValueId::none;    ///< whose parameters that has, see PlacedTensor
  ValueId output = ValueId::none;  ///< of the node itself, before an activation
  int axis = 0;                    ///< of the weight: output channels
  int channel_axis = 1;            ///< of the output
  bool has_bias = true;            ///< false: MatMul without an Add of a float row
};

/// Which tensors and weights of a float graph become integers for a target.
struct QdqPlacement {
  std::vector<PlacedTensor> tensors;  ///< in the order in which they are made
  std::vector<PlacedWeight> weights;
  std::vector<NodeId> integers;     ///< nodes that compute in integers, in order of execution
  std::vector<RecipeFloat> floats;  ///< float nodes on real data that could have been otherwise
  std::size_t candidates = 0;       ///< Conv, ConvTranspose, Gemm, MatMul nodes
  std::size_t quantized = 0;        ///< of them
};

/// Gives every node a unique name, by which recipes and reports refer to it.
void name_all_nodes(Graph& graph);

/// `exclude` names nodes that stay float. Types must be inferred. Error: usage E-QUANT-EXCLUDE for
/// a name that no node has.
Result<QdqPlacement> place_qdq(const Graph& graph, const QuantTarget& target,
                               std::span<const std::string> exclude = {});

/// Weights with fewer elements than this gain nothing as integers (a convolution over sixteen
/// constants that decodes boxes).
inline constexpr std::int64_t kLeastWeightElements = 64;

}  // namespace vernier
