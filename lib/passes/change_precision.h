#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// What a value was seen to hold over all runs that were looked at.
struct SeenRange {
  float max_abs = 0.0F;  ///< of finite elements
  bool finite = true;    ///< false: infinities or NaN were there already
};

/// A value of a graph or of one of its bodies.
struct PlacedValue {
  std::size_t graph = 0;  ///< its place in all_graphs
  ValueId id = ValueId::none;
  // NOLINTNEXTLINE(modernize-use-nullptr): it sees the 0 that the compiler compares with.
  auto operator<=>(const PlacedValue&) const = default;
};

struct PrecisionOptions {
  DType to = DType::float16;  ///< float16 or bfloat16; for back to float32 see widen_precision
  /// Graph inputs and outputs (by name) that take the new type too; the others stay as they are.
  std::vector<std::string> convert_ports;
  bool convert_all_ports = false;
  /// Nodes that stay float32, by name or operator.
  std::vector<std::string> keep;
  /// Values, constants among them, whose rounding costs too much accuracy: they
  /// stay float32, and so do the nodes that make or read them. Other constants of such nodes are
  /// stored in the new type all the same, with a Cast back, unless they are too small to be worth
  /// one.
  std::set<PlacedValue> exact;
  /// Ranges of values of the main graph; without one nothing is known of a value.
  std::map<ValueId, SeenRange> ranges;
  /// Whether the standard allows this element type at a port of the node.
  std::function<bool(const Node& node, bool is_output, std::size_t port, DType dtype)> allows;
};

/// A node that stays float32, and why.
struct KeptNode {
  std::string node;
  std::string op;
  std::string reason;
  std::size_t graph = 0;  ///< its place in all_graphs
  NodeId id = NodeId::none;
};

struct PrecisionReport {
  std::int64_t converted = 0;  ///< nodes that compute in the new type
  std::int64_t casts = 0;      ///< nodes added
  std::int64_t constants = 0;  ///< stored in the new type
  std::vector<KeptNode> kept;  ///< floating nodes only
  /// Constants that are to be cast when they are written (ExportOptions::stored_as).
  std::map<ValueId, DType> stored_as;
};

/// Rewrites a float32 graph, whose types are inferred, so that its nodes compute in float16 or
/// bfloat16, in bodies too (copied first), whose formal ports stay float32. A node stays float32
/// when the standard has no such type for it, when it works on positions or draws numbers, when it
/// owns bodies, when it is named in `keep`, when it touches
/// one of the `exact` values, and (float16) when a value that it reads or makes was seen beyond a
/// quarter of the type's largest number or below its least normal one, when a constant does not
/// survive the cast, or when sums inside it may overflow. One Cast per value and type is added
/// where the two meet; none when nothing is converted. Constants keep their tensors; stored_as says
/// how to write them. Errors: usage E-PRECISION-KEEP for a name that fits no node, E-PRECISION-PORT
/// for an unknown port.
Result<PrecisionReport> change_precision(Graph& graph, const PrecisionOptions& options);

/// A float32 tensor after a cast to float16 or bfloat16 and back.
Result<Tensor> round_tensor(const Tensor& tensor, DType to);

/// Turns every float16 and bfloat16 value of the graph and its bodies into float32: types of ports,
/// `to` of Casts, tensors in attributes. Constants of the main graph are listed in `stored_as`
/// unless `materialize` is set, which converts them in memory under `budget`.
struct WidenOptions {
  bool materialize = false;
  bool convert_ports = true;  ///< false: inputs and outputs keep their types, with Casts
  std::shared_ptr<MemoryBudget> budget;
};
Result<PrecisionReport> widen_precision(Graph& graph, const WidenOptions& options);

/// Whether float16 or bfloat16 comes from anywhere: a constant, an input, a Cast; also in bodies.
bool holds_halves(Graph& graph);

}  // namespace vernier
