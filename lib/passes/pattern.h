#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "graph/edit.h"
#include "graph/graph.h"

namespace vernier {

/// Read-only helpers for recognising patterns.

/// The node that produces a value; nullptr for inputs, constants and ValueId::none.
const Node* producer_of(const Graph& graph, ValueId id);
/// The same if it is that operator (domain ""), otherwise nullptr.
const Node* producer_of(const Graph& graph, ValueId id, std::string_view op);
/// Input i, ValueId::none when omitted.
ValueId input_of(const Node& node, std::size_t i);

/// Element i of a numeric constant (any alignment); nullopt for strings and complex numbers.
std::optional<double> element_as_double(const Tensor& tensor, std::int64_t i);
/// All elements of a float32 constant.
Result<std::vector<float>> constant_floats(const Graph& graph, ValueId id,
                                           const std::shared_ptr<MemoryBudget>& budget = nullptr);
/// The value of a constant with one element.
std::optional<double> scalar_constant(const Graph& graph, ValueId id);
/// The same, provided that combining it with `other` by broadcasting leaves other's shape alone.
std::optional<double> scalar_beside(const Graph& graph, ValueId id, ValueId other);
/// All elements of an int64 or int32 constant.
std::optional<std::vector<std::int64_t>> int_constant(const Graph& graph, ValueId id);

/// Attributes as written on the node; `fallback` when absent or of another kind.
std::int64_t int_attribute(const Node& node, std::string_view name, std::int64_t fallback);
float float_attribute(const Node& node, std::string_view name, float fallback);
std::string string_attribute(const Node& node, std::string_view name, const std::string& fallback);
std::vector<std::int64_t> ints_attribute(const Node& node, std::string_view name);
bool has_attribute(const Node& node, std::string_view name);
/// True when two attribute lists say the same (order matters; graphs never compare equal).
bool same_attributes(const std::vector<Attribute>& a, const std::vector<Attribute>& b);

/// Conv or ConvTranspose.
bool is_convolution(const Node& node);
/// MatMul or Gemm.
bool is_matrix_product(const Node& node);
/// One of these four: what multiplies by a weight, its input 1.
bool is_weighted(const Node& node);
/// A Gemm (or its fused form) with alpha and beta 1 and its first operand as it is.
bool is_plain_gemm(const Node& gemm);
/// GlobalAveragePool, or the ReduceMean that is the same: over all axes behind the channels, kept.
bool averages_all_pixels(const Graph& graph, const Node& node);

/// An input of a node.
struct InputSlot {
  NodeId node = NodeId::none;
  std::size_t slot = 0;
};
/// Where a product with a constant weight has its bias: the third input of Conv, ConvTranspose and
/// Gemm, also when it is left out; the row of the Add that is the only reader of a MatMul.
std::optional<InputSlot> bias_slot(const Graph& graph, NodeId product);

/// The dims of a Transpose: axis i of what it makes is axis perm[i] of what it reads.
using Perm = std::vector<std::int64_t>;
/// The permutation of a Transpose; empty when it is not known.
Perm perm_of(const Graph& graph, const Node& transpose);
/// The axis that an operator goes along (attribute `axis`, the last one without it), counted from
/// the front; negative or `rank` and above when there is no such axis.
std::int64_t axis_of(const Node& node, std::size_t rank);
/// Softmax and its like (opset 13) along `axis` of what a Transpose makes of `input` by `perm`, as
/// the same along the last axis between two Transposes. `axis` is one of perm's.
Result<Edit> along_last_axis(const Graph& graph, NodeId id, std::int64_t axis, ValueId input,
                             Perm perm);

/// [N, C, 1, ...] with at least one 1 known to be there.
bool is_one_pixel(const ValueType& type);
/// True when both are ranked with equal dims: known sizes or the same symbols.
bool same_shape(const ValueType& a, const ValueType& b);
/// Float tensors that fusions of real arithmetic apply to: float, double, float16, bfloat16.
bool is_real_float(DType dtype);
/// |a - b| within 1e-6 relative to b (for constants that exporters round to float).
bool nearly(double a, double b);

/// Nodes that a rewrite would swallow. The anchor is the last one, whose output is replaced.
class Region {
 public:
  explicit Region(NodeId anchor) : nodes_{anchor} {}
  void add(NodeId id);
  void add_producer(const Graph& graph, ValueId id) { add(graph.value(id).producer); }
  /// True when nothing outside reads a value made inside, apart from the anchor's outputs.
  [[nodiscard]] bool closed(const Graph& graph) const;
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

 private:
  std::vector<NodeId> nodes_;
};

/// c[0] + c[1] x + c[2] x^2 + c[3] x^3
using Polynomial = std::array<double, 4>;
/// Reads `id` as a polynomial in the value `x` through Add, Sub, Mul, Div, Neg and Pow with scalar
/// constants (at most 8 nodes deep); the nodes on the way join `region`.
std::optional<Polynomial> polynomial_in(const Graph& graph, ValueId id, ValueId x, Region& region);

/// factor * product of `leaves`.
struct Product {
  double factor = 1.0;
  std::vector<ValueId> leaves;
};
/// Takes a tree of Mul (and Div by a scalar constant) below node `id` apart. Inner nodes are
/// entered only when nothing else reads them; they join `region`.
Product product_of(const Graph& graph, NodeId id, Region& region);

/// The value of a two-input node that is not `known`; nullopt unless exactly one input is `known`.
std::optional<ValueId> other_input(const Node& node, ValueId known);

/// False when letting readers of `from` read `to` would turn a graph output into an alias of an
/// input, a constant or another output, which are separate buffers to the caller.
bool can_forward(const Graph& graph, ValueId from, ValueId to);

/// The nearest value produced by one of `ops` on the way up from `id` through Add, Sub, Mul and Div
/// with scalar constants (`id` included); ValueId::none when there is none.
ValueId find_below(const Graph& graph, ValueId id, std::initializer_list<std::string_view> ops);

/// A new node that takes over name and opset of `model`; see make_node for errors.
Result<Node> node_like(const Node& model, std::string_view op, std::vector<ValueId> inputs,
                       std::vector<Attribute> attributes = {}, std::string_view domain = "");

/// Replaces the only output of `anchor` by that of `node` and removes the anchor.
Edit replace_anchor(const Graph& graph, NodeId anchor, Edit edit, Node node);

}  // namespace vernier
