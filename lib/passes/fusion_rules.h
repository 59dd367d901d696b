#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace vernier {

/// What the tables of fusion_rules_*.cpp are made of: the rules by which a foreign runtime decides
/// whether a node of a quantized file runs on integers.

/// The parameters of one QuantizeLinear or DequantizeLinear node, whatever they are.
struct QuantLink {
  const Node* node = nullptr;
  DType dtype = DType::uint8;        ///< of the integers
  bool constant = false;             ///< scale and zero point are constants
  bool per_axis = false;             ///< more than one scale
  bool blocked = false;              ///< attribute block_size
  std::int64_t axis = 0;             ///< not negative when the rank is known
  bool has_zero = false;             ///< the zero point is written in the file
  std::optional<std::int64_t> zero;  ///< the one zero point of all elements, 0 when not written
};
/// Nullopt when the node is neither of the two.
std::optional<QuantLink> quant_link(const Graph& graph, const Node& node);
bool is_8bit(const QuantLink& link);
/// One constant scale and zero point each, and equal ones; both zero points are written.
bool same_scalar_parameters(const Graph& graph, const QuantLink& a, const QuantLink& b);

/// A graph as imported and what has been decided of it so far; nodes are decided producers first.
class FusionView {
 public:
  explicit FusionView(const Graph& graph);
  [[nodiscard]] const Graph& graph() const { return graph_; }
  /// True for what can be computed from the file alone.
  [[nodiscard]] bool fixed(ValueId id) const { return id != ValueId::none && fixed_[index_of(id)]; }
  [[nodiscard]] bool is_real(ValueId id) const;
  /// The DequantizeLinear that makes a value.
  [[nodiscard]] std::optional<QuantLink> dequantizer(ValueId id) const;
  /// The QuantizeLinear that is the only reader of a value that is no output of the graph.
  [[nodiscard]] std::optional<QuantLink> sole_quantizer(ValueId id) const;
  [[nodiscard]] bool has_quantizer(ValueId id) const;
  /// The only reader of a value that is no output of the graph; nullptr otherwise.
  [[nodiscard]] const Node* sole_reader(ValueId id) const;
  /// What was decided for the node that makes the value; false for inputs and constants.
  [[nodiscard]] bool made_by_integers(ValueId id) const;
  [[nodiscard]] bool is_integer(const Node& node) const;
  void decide(NodeId id, bool integer) { integer_[index_of(id)] = integer; }

 private:
  const Graph& graph_;
  std::vector<bool> fixed_;    // by value
  std::vector<bool> integer_;  // by node
};

/// Something that must hold for a node to run on integers. The first one that does not hold is the
/// rule that is reported.
struct FusionDemand {
  std::string_view rule;
  bool (*holds)(const FusionView& view, const Node& node);
  std::string_view reason;  ///< why the node stays float
  std::string_view fix;     ///< what to change in the file; empty when nothing helps
};

/// A demand's `holds` for what is never integer.
bool never(const FusionView& view, const Node& node);

/// The integer form of some operators. Of several entries for an operator the first one counts
/// whose `applies` is true or absent.
struct FusionRule {
  std::string_view rule;
  std::vector<std::string_view> ops;  ///< of ai.onnx; "*" is any
  bool (*applies)(const FusionView& view, const Node& node);
  std::vector<FusionDemand> demands;
  std::string_view integer_form;  ///< what it becomes
};

/// One table a runtime, each ends with an entry for any operator.
const std::vector<FusionRule>& fusion_rules_ort_cpu();
const std::vector<FusionRule>& fusion_rules_openvino();
const std::vector<FusionRule>& fusion_rules_tensorrt();

}  // namespace vernier
