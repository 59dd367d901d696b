#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// A proposed change of one graph, as a value: constants and nodes to add, values to replace, nodes
/// to remove. Nothing happens to the graph before apply(). Ids handed out here are those that the
/// graph will give, so new nodes may read values of the graph as well as values of this edit.
class Edit {
 public:
  explicit Edit(const Graph& graph) : base_(graph.value_count()) {}

  ValueId add_constant(std::string name, Tensor tensor);
  /// `node` is complete but for its outputs (parameters parsed, inputs given). Producers are added
  /// before their readers. Returns `output_count` new values.
  std::vector<ValueId> add_node(Node node, std::size_t output_count);
  /// The same with outputs omitted where `present` is false.
  std::vector<ValueId> add_node(Node node, const std::vector<bool>& present);
  ValueId add_node(Node node) { return add_node(std::move(node), std::size_t{1}).front(); }
  /// Every present reader of `from`, graph outputs included, shall read `to`. A value of this edit
  /// takes over the name and the declared type of what it replaces. Nodes of this edit that read
  /// `from` keep reading it.
  void replace(ValueId from, ValueId to) { replacements_.emplace_back(from, to); }
  /// Removes a node; producers that nobody reads any more go with it.
  void remove(NodeId node) { removals_.push_back(node); }

  [[nodiscard]] bool empty() const noexcept {
    return nodes_.empty() && replacements_.empty() && removals_.empty();
  }

 private:
  friend struct EditApplier;
  struct NewValue {
    std::string name;
    Tensor constant;  ///< undefined for node outputs
  };
  std::size_t base_;
  std::vector<NewValue> values_;
  std::vector<Node> nodes_;
  std::vector<std::pair<ValueId, ValueId>> replacements_;
  std::vector<NodeId> removals_;
};

/// Nodes that an applied edit made or whose surroundings it changed; all alive.
struct AppliedEdit {
  std::vector<NodeId> touched;
};

/// Applies an edit and infers the types of the new nodes. Names of graph outputs do not change. A
/// new value that replaces another takes its name.
/// Errors: internal E-INTERNAL-EDIT for an edit made for another state of the graph, unknown ids,
/// or removed nodes that are still read; what inference says about new nodes. After an error the
/// graph is not usable.
Result<AppliedEdit> apply(Graph& graph, Edit edit);

/// A node to be added with parsed attributes. Errors: as OpDef::parse; internal for unread ones.
Result<Node> make_node(const OpDef* op, std::string name, int opset, std::vector<ValueId> inputs,
                       std::vector<Attribute> attributes = {});

/// Nodes and constants that are added straight to a graph, outside of edits, under names that none
/// of its own values or nodes has.
class NodeAdder {
 public:
  /// Nodes get the newest ai.onnx opset of the graph's own until another one is set.
  explicit NodeAdder(Graph& graph);

  /// `wanted`, or the first of wanted_1, wanted_2 ... that no value has; taken from now on.
  std::string value_name(const std::string& wanted) { return values_.take(wanted); }
  ValueId constant(const std::string& wanted, Tensor tensor) {
    return graph_.add_constant(value_name(wanted), std::move(tensor));
  }
  /// A node with one output, whose types are inferred. Errors: as make_node and infer_node.
  Result<ValueId> node(const OpDef* op, const std::string& wanted_name,
                       const std::string& wanted_output, std::vector<ValueId> inputs,
                       std::vector<Attribute> attributes = {});

  [[nodiscard]] int opset() const noexcept { return opset_; }
  void set_opset(int opset) noexcept { opset_ = opset; }

 private:
  struct Names {
    std::set<std::string> taken;
    std::map<std::string, int> next;  ///< of a wanted name, the number behind it
    std::string take(const std::string& wanted);
  };
  Graph& graph_;
  int opset_ = 0;
  Names values_;
  Names nodes_;
};

/// True when no node and no graph output reads any output of the node.
bool is_dead(const Graph& graph, NodeId id);

/// Removes nodes that nothing reads, and frees constants that nothing reads, in the graph and all
/// its bodies. Returns the number of nodes removed.
std::size_t remove_dead(Graph& graph);

/// Replaces all bodies, at every depth, by copies that only this graph refers to. Needed before a
/// clone of a graph is changed, because clones share bodies. Constants stay shared.
void clone_bodies(Graph& graph);

/// Living nodes of the graph itself by name; of namesakes the first.
std::map<std::string, NodeId> nodes_by_name(const Graph& graph);
/// Values of the graph itself by name, those without one left out; of namesakes the first
/// that is read.
std::map<std::string, ValueId> values_by_name(const Graph& graph);

/// The graph and all bodies below it, outer ones first. `typed_only` leaves out the bodies whose
/// types do not hold (Graph::types_hold), and what is below them.
std::vector<Graph*> all_graphs(Graph& graph, bool typed_only = false);
std::vector<const Graph*> all_graphs(const Graph& graph);

}  // namespace vernier
