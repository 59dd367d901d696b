#include "passes/fusion_oracle.h"

#include <algorithm>
#include <array>

#include "passes/float_islands.h"
#include "passes/fusion_rules.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

struct Target {
  std::string_view name;
  const std::vector<FusionRule>& (*rules)();
};

Result<const std::vector<FusionRule>*> rules_of(std::string_view name) {
  static constexpr std::array<Target, 3> kTargets = {{{"ort-cpu", fusion_rules_ort_cpu},
                                                      {"openvino", fusion_rules_openvino},
                                                      {"tensorrt", fusion_rules_tensorrt}}};
  std::string known;
  for (const Target& target : kTargets) {
    if (target.name == name) return &target.rules();
    known += (known.empty() ? "" : ", ") + std::string(target.name);
  }
  return usage_error(
      "there are no fusion rules for '" + std::string(name) + "' (but for: " + known + ")",
      "E-INSPECT-TARGET");
}

/// Nodes that the verdict is about.
bool computes(const FusionView& view, const Node& node) {
  constexpr std::array<std::string_view, 5> kNothing = {"QuantizeLinear", "DequantizeLinear",
                                                        "Identity", "Cast", "Dropout"};
  if (std::find(kNothing.begin(), kNothing.end(), node.op->name) != kNothing.end()) return false;
  const auto counts = [&](ValueId id) { return view.is_real(id) && !view.fixed(id); };
  if (std::any_of(node.outputs.begin(), node.outputs.end(), counts)) return true;
  constexpr std::array<std::string_view, 4> kIntegers = {"QLinearConv", "QLinearMatMul",
                                                         "ConvInteger", "MatMulInteger"};
  return std::find(kIntegers.begin(), kIntegers.end(), node.op->name) != kIntegers.end();
}

bool serves(const FusionRule& rule, const FusionView& view, const Node& node) {
  const bool named = std::any_of(rule.ops.begin(), rule.ops.end(), [&](std::string_view name) {
    return name == "*" || (node.op->domain.empty() && name == node.op->name);
  });
  return named && (rule.applies == nullptr || rule.applies(view, node));
}

FusionNode judge(const std::vector<FusionRule>& rules, const FusionView& view, const Node& node) {
  FusionNode result;
  result.node = node.name;
  result.op = node.op->name;
  if (!node.outputs.empty() && node.outputs[0] != ValueId::none) {
    result.output = view.graph().value(node.outputs[0]).name;
  }
  result.reached = std::any_of(node.inputs.begin(), node.inputs.end(), [&](ValueId input) {
    return !view.fixed(input) && (view.dequantizer(input) || view.made_by_integers(input));
  });
  for (const FusionRule& rule : rules) {
    if (!serves(rule, view, node)) continue;
    for (const FusionDemand& demand : rule.demands) {
      if (demand.holds(view, node)) continue;
      result.rule = demand.rule;
      result.reason = demand.reason;
      result.fix = demand.fix;
      return result;
    }
    result.verdict = FusionVerdict::integer;
    result.rule = rule.rule;
    result.reason = rule.integer_form;
    return result;
  }
  return result;
}

}  // namespace

std::string_view fusion_verdict_name(FusionVerdict verdict) {
  switch (verdict) {
    case FusionVerdict::integer:
      return "integer";
    case FusionVerdict::floating:
      return "float";
    case FusionVerdict::island:
      return "island";
  }
  return "";
}

Result<std::vector<FusionNode>> predict_fusion(const Graph& graph, std::string_view target) {
  VERNIER_ASSIGN(const auto* rules, rules_of(target));
  VERNIER_ASSIGN(const auto order, graph.topological_order());
  const std::vector<bool> between = between_quantized(graph);
  FusionView view(graph);
  std::vector<FusionNode> nodes;
  for (const NodeId id : order) {
    const Node& node = graph.node(id);
    if (!computes(view, node)) continue;
    FusionNode result = judge(*rules, view, node);
    view.decide(id, result.verdict == FusionVerdict::integer);
    if (result.verdict == FusionVerdict::floating && between[index_of(id)]) {
      result.verdict = FusionVerdict::island;
    }
    nodes.push_back(std::move(result));
  }
  return nodes;
}

}  // namespace vernier
