#include "onnx/upgrade.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "onnx/build.h"
#include "onnx/upgrade_context.h"

namespace vernier::onnx {
namespace {

struct UpgradeRule {
  std::string_view op;
  int below;  ///< the first opset whose form needs no rewrite
  UpgradeFunction apply;
};

constexpr int kAlways = std::numeric_limits<int>::max();

/// Sorted by name, one rule per operator.
constexpr std::array kRules = {
    UpgradeRule{"Add", 7, upgrade_broadcast},
    UpgradeRule{"And", 7, upgrade_broadcast},
    UpgradeRule{"BatchNormalization", 14, upgrade_batch_norm},
    UpgradeRule{"Clip", 11, upgrade_clip},
    UpgradeRule{"Constant", kAlways, fold_constant_node},
    UpgradeRule{"DFT", 20, upgrade_dft},
    UpgradeRule{"Div", 7, upgrade_broadcast},
    UpgradeRule{"Dropout", 12, upgrade_dropout},
    UpgradeRule{"Equal", 7, upgrade_broadcast},
    UpgradeRule{"Gemm", 7, upgrade_broadcast},
    UpgradeRule{"Greater", 7, upgrade_broadcast},
    UpgradeRule{"GridSample", 20, upgrade_grid_sample},
    UpgradeRule{"GroupNormalization", 21, upgrade_group_norm},
    UpgradeRule{"Hardmax", 13, upgrade_softmax},
    UpgradeRule{"Less", 7, upgrade_broadcast},
    UpgradeRule{"LogSoftmax", 13, upgrade_softmax},
    UpgradeRule{"Mul", 7, upgrade_broadcast},
    UpgradeRule{"Or", 7, upgrade_broadcast},
    UpgradeRule{"PRelu", 7, upgrade_prelu},
    UpgradeRule{"Pad", 11, upgrade_pad},
    UpgradeRule{"Pow", 7, upgrade_broadcast},
    UpgradeRule{"ReduceL1", 18, upgrade_axes},
    UpgradeRule{"ReduceL2", 18, upgrade_axes},
    UpgradeRule{"ReduceLogSum", 18, upgrade_axes},
    UpgradeRule{"ReduceLogSumExp", 18, upgrade_axes},
    UpgradeRule{"ReduceMax", 18, upgrade_axes},
    UpgradeRule{"ReduceMean", 18, upgrade_axes},
    UpgradeRule{"ReduceMin", 18, upgrade_axes},
    UpgradeRule{"ReduceProd", 18, upgrade_axes},
    UpgradeRule{"ReduceSum", 13, upgrade_axes},
    UpgradeRule{"ReduceSumSquare", 18, upgrade_axes},
    UpgradeRule{"Resize", kAlways, upgrade_resize},
    UpgradeRule{"RoiAlign", 16, upgrade_roi_align},
    UpgradeRule{"Scan", 9, upgrade_scan},
    UpgradeRule{"Scatter", kAlways, upgrade_scatter},
    UpgradeRule{"Slice", 10, upgrade_slice},
    UpgradeRule{"Softmax", 13, upgrade_softmax},
    UpgradeRule{"Split", 18, upgrade_split},
    UpgradeRule{"Squeeze", 13, upgrade_axes},
    UpgradeRule{"Sub", 7, upgrade_broadcast},
    UpgradeRule{"TopK", 10, upgrade_top_k},
    UpgradeRule{"Unsqueeze", 13, upgrade_axes},
    UpgradeRule{"Upsample", kAlways, upgrade_upsample},
    UpgradeRule{"Xor", 7, upgrade_broadcast},
};

static_assert(std::is_sorted(kRules.begin(), kRules.end(),
                             [](const UpgradeRule& a, const UpgradeRule& b) {
                               return a.op < b.op;
                             }));

/// The same for com.microsoft.
constexpr std::array kContribRules = {
    UpgradeRule{"DequantizeLinear", kAlways, upgrade_contrib_quantize},
    UpgradeRule{"DynamicQuantizeLSTM", kAlways, upgrade_dynamic_lstm},
    UpgradeRule{"QGemm", kAlways, upgrade_qgemm},
    UpgradeRule{"QLinearAdd", kAlways, upgrade_qlinear_binary},
    UpgradeRule{"QLinearAveragePool", kAlways, upgrade_qlinear_unary},
    UpgradeRule{"QLinearConcat", kAlways, upgrade_qlinear_concat},
    UpgradeRule{"QLinearGlobalAveragePool", kAlways, upgrade_qlinear_unary},
    UpgradeRule{"QLinearLeakyRelu", kAlways, upgrade_qlinear_unary},
    UpgradeRule{"QLinearMul", kAlways, upgrade_qlinear_binary},
    UpgradeRule{"QLinearSigmoid", kAlways, upgrade_qlinear_unary},
    UpgradeRule{"QLinearSoftmax", kAlways, upgrade_qlinear_unary},
    UpgradeRule{"QuantizeLinear", kAlways, upgrade_contrib_quantize},
};

static_assert(std::is_sorted(kContribRules.begin(), kContribRules.end(),
                             [](const UpgradeRule& a, const UpgradeRule& b) {
                               return a.op < b.op;
                             }));

const UpgradeRule* find_rule(const NodeIr& node) {
  std::span<const UpgradeRule> rules;
  if (node.domain.empty()) rules = kRules;
  if (node.domain == "com.microsoft") rules = kContribRules;
  const auto at =
      std::lower_bound(rules.begin(), rules.end(), node.op,
                       [](const UpgradeRule& rule, std::string_view op) { return rule.op < op; });
  return at != rules.end() && at->op == node.op ? &*at : nullptr;
}

/// Attributes of opsets 1 to 6 that exporters kept writing; they never had a meaning for inference.
void drop_legacy_attributes(UpgradeContext& context, NodeIr& node) {
  if (!node.domain.empty() || find_attribute(node, "consumed_inputs") == nullptr) return;
  remove_attribute(node, "consumed_inputs");
  context.note(node, "attribute consumed_inputs dropped");
}

}  // namespace

bool is_upgraded(const NodeIr& node) {
  const UpgradeRule* rule = find_rule(node);
  return rule != nullptr && rule->below == kAlways && node.op != "Resize";
}

Result<void> upgrade(ModelIr& model, const ImportOptions& options,
                     const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const auto order, reachable_graphs(model, options.max_depth));
  std::unordered_set<std::string_view> used;
  for (const int index : order) {
    const GraphIr& graph = model.graphs[static_cast<std::size_t>(index)];
    for (const PortIr& port : graph.outputs) used.insert(port.name);
    for (const NodeIr& node : graph.nodes) used.insert(node.inputs.begin(), node.inputs.end());
  }
  for (const int index : order) {
    GraphIr& graph = model.graphs[static_cast<std::size_t>(index)];
    UpgradeContext context(model, graph, used, budget);
    std::vector<NodeIr> nodes = std::exchange(graph.nodes, {});
    for (NodeIr& node : nodes) {
      drop_legacy_attributes(context, node);
      const UpgradeRule* rule = find_rule(node);
      if (rule == nullptr || node.opset >= rule->below || node.opset == 0) {
        context.emit(std::move(node));
        continue;
      }
      NodeIr place;  // what an error needs to name the node
      place.name = label_of(node);
      place.op = node.op;
      place.opset = node.opset;
      if (auto result = rule->apply(context, std::move(node)); !result) {
        return with_node(std::move(result).error(), place);
      }
    }
    graph.nodes = context.take_nodes();
  }
  return {};
}

}  // namespace vernier::onnx
