#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "onnx/ir.h"

namespace vernier::onnx {

/// What is cheaply known about a value while a graph is rewritten in file order: declared types,
/// initializers, and what simple operators pass on. Unknown is always a possible answer.
struct Fact {
  DType dtype = DType::undefined;
  int rank = -1;  ///< -1: unknown
};

/// The graph at hand and the services that the rules share.
class UpgradeContext {
 public:
  UpgradeContext(ModelIr& model, GraphIr& graph, const std::unordered_set<std::string_view>& used,
                 std::shared_ptr<MemoryBudget> budget);

  [[nodiscard]] const std::shared_ptr<MemoryBudget>& budget() const noexcept { return budget_; }
  /// The opset of ai.onnx that the model imports; the newest one when it imports none.
  [[nodiscard]] int standard_opset() const;
  [[nodiscard]] Fact fact(std::string_view value) const;
  /// The constant of that name in this graph, nullptr when it is none.
  [[nodiscard]] const Tensor* constant(std::string_view value) const;
  /// True when any node or graph output of the model reads the value.
  [[nodiscard]] bool is_used(std::string_view value) const {
    return !value.empty() && used_.count(value) != 0;
  }

  /// A fresh value name derived from the node's label.
  std::string_view fresh(const NodeIr& node, std::string_view suffix);
  /// Adds a constant to the graph and returns its name.
  std::string_view add_constant(std::string_view name, Tensor tensor);
  std::string_view add_ints(const NodeIr& node, std::string_view suffix,
                            const std::vector<std::int64_t>& values);
  /// A float scalar in the dtype of the value `like`: a constant when the dtype is known, otherwise
  /// a constant and a CastLike node.
  Result<std::string_view> add_scalar_like(const NodeIr& node, std::string_view suffix, float value,
                                           std::string_view like);
  /// A new node `op` near `node` with one output, whose name it returns.
  std::string_view emit_new(const NodeIr& node, std::string_view op, std::string_view suffix,
                            std::vector<std::string_view> inputs,
                            std::vector<AttributeIr> attributes = {});
  /// Appends a finished node to the graph and learns its facts.
  void emit(NodeIr node);
  /// Adds "node 'n' (Op, opset 9): what" to the model's notes.
  void note(const NodeIr& node, std::string_view what);

  std::vector<NodeIr> take_nodes() { return std::move(nodes_); }

 private:
  void learn(const NodeIr& node);
  ModelIr& model_;
  GraphIr& graph_;
  const std::unordered_set<std::string_view>& used_;
  std::shared_ptr<MemoryBudget> budget_;
  std::unordered_map<std::string_view, Fact> facts_;
  std::unordered_map<std::string_view, std::size_t> constants_;
  std::vector<NodeIr> nodes_;
  std::size_t fresh_count_ = 0;
};

// Attribute access on NodeIr. A wrong type is invalid_model E-MODEL-ATTR; take_* removes.
AttributeIr* find_attribute(NodeIr& node, std::string_view name);
void remove_attribute(NodeIr& node, std::string_view name);
void set_attribute(NodeIr& node, std::string_view name, AttributeValue value);
AttributeIr make_attribute(std::string_view name, AttributeValue value);
Result<std::optional<std::vector<std::int64_t>>> take_ints(NodeIr& node, std::string_view name);
Result<std::optional<std::int64_t>> take_int(NodeIr& node, std::string_view name);
Result<std::optional<float>> take_float(NodeIr& node, std::string_view name);
Result<std::optional<std::string>> take_string(NodeIr& node, std::string_view name);
Result<std::optional<std::vector<float>>> take_floats(NodeIr& node, std::string_view name);

/// Grows the input list to at least `count` entries (empty names) and sets entry `i`.
void set_input(NodeIr& node, std::size_t i, std::string_view name);

/// One rule: rewrites `node`, whose opset is below UpgradeRule::below, and emits what replaces it.
using UpgradeFunction = Result<void> (*)(UpgradeContext& context, NodeIr node);

// upgrade_constant.cpp
Result<void> fold_constant_node(UpgradeContext& context, NodeIr node);
// upgrade_shape.cpp
Result<void> upgrade_axes(UpgradeContext& context, NodeIr node);
Result<void> upgrade_slice(UpgradeContext& context, NodeIr node);
Result<void> upgrade_split(UpgradeContext& context, NodeIr node);
Result<void> upgrade_pad(UpgradeContext& context, NodeIr node);
Result<void> upgrade_top_k(UpgradeContext& context, NodeIr node);
Result<void> upgrade_scatter(UpgradeContext& context, NodeIr node);
Result<void> upgrade_dft(UpgradeContext& context, NodeIr node);
Result<void> upgrade_scan(UpgradeContext& context, NodeIr node);
// upgrade_nn.cpp
Result<void> upgrade_clip(UpgradeContext& context, NodeIr node);
Result<void> upgrade_dropout(UpgradeContext& context, NodeIr node);
Result<void> upgrade_batch_norm(UpgradeContext& context, NodeIr node);
Result<void> upgrade_softmax(UpgradeContext& context, NodeIr node);
Result<void> upgrade_group_norm(UpgradeContext& context, NodeIr node);
// upgrade_legacy.cpp
Result<void> upgrade_broadcast(UpgradeContext& context, NodeIr node);
Result<void> upgrade_prelu(UpgradeContext& context, NodeIr node);
/// Before opset 7, BatchNormalization and Dropout say with is_test whether they train.
Result<void> take_is_test(NodeIr& node);
// upgrade_contrib.cpp: operators of com.microsoft that ONNX Runtime's quantizer writes
Result<void> upgrade_contrib_quantize(UpgradeContext& context, NodeIr node);
Result<void> upgrade_qlinear_binary(UpgradeContext& context, NodeIr node);
Result<void> upgrade_qlinear_unary(UpgradeContext& context, NodeIr node);
Result<void> upgrade_qlinear_concat(UpgradeContext& context, NodeIr node);
Result<void> upgrade_qgemm(UpgradeContext& context, NodeIr node);
Result<void> upgrade_dynamic_lstm(UpgradeContext& context, NodeIr node);
// upgrade_resize.cpp
Result<void> upgrade_resize(UpgradeContext& context, NodeIr node);
Result<void> upgrade_upsample(UpgradeContext& context, NodeIr node);
Result<void> upgrade_grid_sample(UpgradeContext& context, NodeIr node);
Result<void> upgrade_roi_align(UpgradeContext& context, NodeIr node);

}  // namespace vernier::onnx
