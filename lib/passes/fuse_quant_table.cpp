#include <algorithm>
#include <cstring>
#include <map>

#include "graph/evaluate.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

constexpr std::size_t kMostNodes = 24;
constexpr std::int64_t kBytes = 256;

bool is_byte_tensor(const Graph& graph, ValueId id) {
  const DType dtype = graph.value(id).type.dtype;
  return dtype == DType::uint8 || dtype == DType::int8;
}

bool is_scalar_constant(const Graph& graph, ValueId id) {
  return graph.is_constant(id) && graph.value(id).constant->element_count() == 1;
}

/// A node that makes each element from one element of each operand that is not a constant.
bool is_pointwise(const Graph& graph, const Node& node) {
  if (node.captured != 0 || node.outputs.size() != 1) return false;
  if (node.is("vernier", "QTable")) return true;
  if (node.is("QuantizeLinear")) return quantizes(graph, node).has_value();
  if (node.is("DequantizeLinear")) return dequantized(graph, node.outputs[0]).has_value();
  if (!node.op->domain.empty() || !node.op->traits.elementwise) return false;
  return node.op->traits.deterministic && !node.is("PRelu");
}

/// The function of one 8-bit tensor that a QuantizeLinear node makes through nothing but pointwise
/// nodes, found from the node upwards.
class PointwiseRegion {
 public:
  PointwiseRegion(const Graph& graph, NodeId anchor) : graph_(graph), nodes_{anchor} {}

  /// Widens the region until only one 8-bit tensor and constants enter it. False when the region
  /// would have to contain what is not pointwise.
  bool grow() {
    while (true) {
      const auto open = open_values();
      if (open.size() == 1 && is_byte_tensor(graph_, open[0])) {
        leaf_ = open[0];
        widen_from_leaf();
        return true;
      }
      // A real value has to be made inside. Of several 8-bit ones, those that something pointwise
      // makes may be made inside too.
      ValueId next = ValueId::none;
      for (const ValueId id : open) {
        const Node* producer = producer_of(graph_, id);
        const bool enter = producer != nullptr && is_pointwise(graph_, *producer);
        if (!enter && !is_byte_tensor(graph_, id)) return false;
        if (enter && (next == ValueId::none || !is_byte_tensor(graph_, id))) next = id;
      }
      if (next == ValueId::none || nodes_.size() >= kMostNodes) return false;
      nodes_.push_back(graph_.value(next).producer);
    }
  }

  [[nodiscard]] ValueId leaf() const { return leaf_; }
  [[nodiscard]] bool is_anchor_alone() const { return nodes_.size() == 1; }

  /// The table, and its dtype. nullopt when a node refuses to be evaluated.
  [[nodiscard]] std::optional<Tensor> table() const {
    std::map<ValueId, Tensor> values;
    ByteTable bytes;
    for (int i = 0; i < kBytes; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
    values[leaf_] = table_tensor(bytes, graph_.value(leaf_).type.dtype);
    const ValueId result = graph_.node(nodes_[0]).outputs[0];
    while (!values.contains(result)) {
      bool progress = false;
      for (const NodeId id : nodes_) {
        if (values.contains(graph_.node(id).outputs[0])) continue;
        if (!ready(id, values)) continue;
        if (!evaluate(id, values)) return std::nullopt;
        progress = true;
      }
      if (!progress) return std::nullopt;
    }
    const Tensor& table = values.at(result);
    if (table.element_count() != kBytes || dtype_size(table.dtype()) != 1) return std::nullopt;
    return table.reshaped(Shape{kBytes});
  }

 private:
  /// Operands that count: those of Q, DQ and QTable but the first are parameters.
  [[nodiscard]] std::size_t data_operands(const Node& node) const {
    const bool first_only =
        node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("vernier", "QTable");
    return first_only ? 1 : node.inputs.size();
  }

  [[nodiscard]] std::vector<ValueId> open_values() const {
    std::vector<ValueId> open;
    for (const NodeId id : nodes_) {
      const Node& node = graph_.node(id);
      for (std::size_t i = 0; i < data_operands(node); ++i) {
        const ValueId input = node.inputs[i];
        if (input == ValueId::none || is_scalar_constant(graph_, input)) continue;
        const NodeId producer = graph_.value(input).producer;
        if (std::find(nodes_.begin(), nodes_.end(), producer) != nodes_.end()) continue;
        if (std::find(open.begin(), open.end(), input) == open.end()) open.push_back(input);
      }
    }
    return open;
  }

  /// A table whose operand is made by a table again: start from the first one.
  void widen_from_leaf() {
    while (nodes_.size() + 2 <= kMostNodes) {
      const Node* table = producer_of(graph_, leaf_);
      if (table == nullptr || !table->is("vernier", "QTable")) return;
      nodes_.push_back(graph_.value(leaf_).producer);
      leaf_ = table->inputs[0];
    }
  }

  [[nodiscard]] bool ready(NodeId id, const std::map<ValueId, Tensor>& values) const {
    const Node& node = graph_.node(id);
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
      return input == ValueId::none || graph_.is_constant(input) || values.contains(input);
    });
  }

  bool evaluate(NodeId id, std::map<ValueId, Tensor>& values) const {
    const Node& node = graph_.node(id);
    std::vector<Tensor> held;
    std::vector<TensorView> views;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == ValueId::none) {
        views.emplace_back();
        continue;
      }
      const auto known = values.find(node.inputs[i]);
      if (known != values.end()) {
        views.push_back(known->second.view());
        continue;
      }
      auto aligned = graph_.value(node.inputs[i]).constant->to_aligned();
      if (!aligned) return false;
      // One element of any rank counts as a scalar, so that 256 stays the shape.
      held.push_back(aligned->element_count() == 1 ? aligned->reshaped(Shape{})
                                                   : std::move(aligned).value());
      views.push_back(held.back().view());
    }
    auto results = evaluate_node(node, views);
    if (!results) return false;
    values[node.outputs[0]] = std::move((*results)[0]);
    return true;
  }

  const Graph& graph_;
  std::vector<NodeId> nodes_;
  ValueId leaf_ = ValueId::none;
};

/// The rank of constants inside must not change the shape.
bool keeps_shape(const Graph& graph, ValueId from, ValueId to) {
  const ValueType& a = graph.value(from).type;
  const ValueType& b = graph.value(to).type;
  return a.ranked && b.ranked && a.rank() == b.rank();
}

bool is_identity(const Tensor& table) {
  for (int i = 0; i < kBytes; ++i) {
    if (std::to_integer<int>(table.data()[i]) != i) return false;
  }
  return true;
}

/// What a QuantizeLinear node makes pointwise from one 8-bit tensor becomes one table, or nothing
/// when the table says so.
class FuseQuantTable final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_quant_table"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (!node.is("QuantizeLinear") || !quantizes(graph, node)) return Match::none();
    PointwiseRegion region(graph, id);
    if (!region.grow()) return Match::none();
    if (!keeps_shape(graph, region.leaf(), node.outputs[0])) {
      return Match::blocked("the shape may change");
    }
    const auto table = region.table();
    if (!table) return Match::blocked("a node cannot be evaluated");
    Edit edit(graph);
    const bool same_dtype = graph.value(region.leaf()).type.dtype == table->dtype();
    if (same_dtype && is_identity(*table) && can_forward(graph, node.outputs[0], region.leaf())) {
      edit.replace(node.outputs[0], region.leaf());
      edit.remove(id);
      return Match(std::move(edit));
    }
    const ValueId entries = edit.add_constant(node.name + ":table", *table);
    VERNIER_ASSIGN(Node lookup, node_like(node, "QTable", {region.leaf(), entries}, {}, "vernier"));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(lookup)));
  }
};

/// Where an integer operator takes a table, and -1 when it takes none.
int table_operand(const Node& node) {
  if (node.is("vernier", "QConv") || node.is("vernier", "QMatMul")) return kQuantTable;
  if (node.is("vernier", "QAdd") || node.is("vernier", "QMul")) return 2;
  if (node.is("vernier", "QAveragePool")) return 1;
  return -1;
}

/// A table behind an integer operator joins it.
class FuseTableEpilogue final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_table_epilogue"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (!node.is("vernier", "QTable")) return Match::none();
    const ValueId source = node.inputs[0];
    const Node* producer = producer_of(graph, source);
    if (producer == nullptr || table_operand(*producer) < 0) return Match::none();
    if (!graph.has_single_use(source)) return Match::blocked("the integers have other uses");
    const auto at = static_cast<std::size_t>(table_operand(*producer));
    if (input_of(*producer, at) != ValueId::none) return Match::none();
    std::vector<ValueId> inputs = producer->inputs;
    inputs.resize(at + 1, ValueId::none);
    inputs[at] = node.inputs[1];
    Node fused = *producer;
    fused.inputs = std::move(inputs);
    fused.outputs.clear();
    return Match(replace_anchor(graph, id, Edit(graph), std::move(fused)));
  }
};

}  // namespace

const Pass& fuse_quant_table_pass() {
  static const FuseQuantTable pass;
  return pass;
}

const Pass& fuse_table_epilogue_pass() {
  static const FuseTableEpilogue pass;
  return pass;
}

}  // namespace vernier
