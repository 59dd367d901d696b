#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/attribute.h"
#include "graph/op_def.h"
#include "graph/value_type.h"

namespace vernier {

enum class ValueId : std::int32_t { none = -1 };
enum class NodeId : std::int32_t { none = -1 };
constexpr std::size_t index_of(ValueId id) noexcept { return static_cast<std::size_t>(id); }
constexpr std::size_t index_of(NodeId id) noexcept { return static_cast<std::size_t>(id); }

/// A tensor that flows: graph input, node output, or constant (initializer).
struct Value {
  std::string name;
  ValueType type;
  NodeId producer = NodeId::none;
  std::optional<Tensor> constant;
};

/// One application of an operator. ValueId::none marks an omitted optional input or output. The
/// last `captured` inputs are outer values used inside the subgraphs (see Graph::captures).
struct Node {
  std::string name;
  const OpDef* op = nullptr;
  int opset = 0;
  Params parameters;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<Attribute> attributes;  ///< as read from the file, for export and print
  std::vector<GraphPtr> subgraphs;    ///< If: then, else; Loop, Scan: body
  std::size_t captured = 0;

  [[nodiscard]] const OpParams& params() const { return *parameters; }
  [[nodiscard]] bool is(std::string_view domain, std::string_view op_name) const {
    return op->name == op_name && op->domain == domain;
  }
  [[nodiscard]] bool is(std::string_view op_name) const { return is("", op_name); }
  [[nodiscard]] std::size_t formal_input_count() const { return inputs.size() - captured; }
};

/// A named entrance or exit of a graph.
struct Port {
  std::string name;
  ValueId value = ValueId::none;
};

/// A graph: values and nodes by id; removed nodes leave holes (alive() is false). Every change goes
/// through an Edit (edit.h) or, while building, GraphBuilder (builder.h).
class Graph {
 public:
  std::string name;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  /// Bodies only: which inner value stands for the i-th captured input of the owning node. The list
  /// is parallel over all bodies of that node; ValueId::none where this body does not use it.
  std::vector<ValueId> captures;

  /// The inputs are bound to the shapes of one run: a branch of an If that does not fit them is one
  /// that is not taken, not an error. Bodies inherit it.
  bool bound = false;
  /// Bodies only: false when inference failed for the bound shapes, so that no type in it may be
  /// relied on. Running it reports what is wrong.
  bool types_hold = true;
  /// Bodies only: false when the failure was one of shapes (E-MODEL-SHAPE), so that the body cannot
  /// run with the bound ones. What vernier does not support, or limits, proves nothing.
  bool sizes_fit = true;

  [[nodiscard]] std::size_t value_count() const noexcept { return values_.size(); }
  [[nodiscard]] std::size_t node_capacity() const noexcept { return nodes_.size(); }
  [[nodiscard]] std::size_t node_count() const noexcept { return alive_count_; }
  [[nodiscard]] const Value& value(ValueId id) const { return values_[index_of(id)]; }
  [[nodiscard]] const Node& node(NodeId id) const { return nodes_[index_of(id)]; }
  [[nodiscard]] bool alive(NodeId id) const { return nodes_[index_of(id)].op != nullptr; }
  [[nodiscard]] bool is_constant(ValueId id) const {
    return id != ValueId::none && values_[index_of(id)].constant.has_value();
  }
  /// Nodes that read a value, one entry per input slot.
  [[nodiscard]] std::span<const NodeId> uses(ValueId id) const { return uses_[index_of(id)]; }
  [[nodiscard]] bool is_output(ValueId id) const;
  [[nodiscard]] bool is_input(ValueId id) const;
  /// True when exactly one node slot reads the value and no graph output does.
  [[nodiscard]] bool has_single_use(ValueId id) const {
    return uses(id).size() == 1 && !is_output(id);
  }
  /// Nodes in an order where producers come first (stable: ids break ties). Error: invalid_model
  /// E-MODEL-CYCLE naming the cycle as a -> b -> a.
  [[nodiscard]] Result<std::vector<NodeId>> topological_order() const;

  // Construction (importer, builder, edit driver).
  ValueId add_value(std::string value_name, ValueType type = {});
  ValueId add_constant(std::string value_name, Tensor tensor);
  /// Registers uses and producers; the output values must have no producer yet.
  NodeId add_node(Node node);
  void remove_node(NodeId id);
  /// Makes every reader (nodes and graph outputs) of `from` read `to`.
  void replace_uses(ValueId from, ValueId to);
  /// Makes one input slot of a node read another value; slots that the node lacks are added.
  void set_input(NodeId id, std::size_t slot, ValueId to);
  void rename(ValueId id, std::string value_name) {
    values_[index_of(id)].name = std::move(value_name);
  }
  void set_type(ValueId id, ValueType type) { values_[index_of(id)].type = std::move(type); }
  void set_constant(ValueId id, Tensor tensor);
  /// Turns a produced value into a constant: detaches it from its producer's output list.
  void detach_and_set_constant(ValueId id, Tensor tensor);
  /// Frees the tensor of a constant nobody needs any more (its type stays).
  void drop_constant(ValueId id) { values_[index_of(id)].constant.reset(); }
  Node& mutable_node(NodeId id) { return nodes_[index_of(id)]; }

 private:
  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<std::vector<NodeId>> uses_;
  std::size_t alive_count_ = 0;
};

/// A model: its graph plus what the file says about it.
struct Model {
  Graph graph;
  std::int64_t ir_version = 0;
  std::map<std::string, int> opset_imports;  ///< domain -> version; "" is ai.onnx
  std::string producer_name;
  std::string producer_version;
  std::string graph_name;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> notes;  ///< what the importer changed (opset upgrades), one line each
};

/// Where-block of an error about `node`.
ErrorWhere where_of(const Node& node);
/// Adds the node to an error that has no node yet.
Error with_node(Error error, const Node& node);

}  // namespace vernier
