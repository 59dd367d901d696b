#include "api/saturation_check.h"

#include <algorithm>

#include "api/output_agreement.h"
#include "api/quantize_act.h"
#include "api/quantize_data.h"
#include "engine/inputs.h"
#include "graph/infer.h"
#include "ops/conv.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/pipeline.h"
#include "passes/quant_pattern.h"
#include "quant/saturation.h"
#include "runtime/thread_pool.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

/// An integer node of the file and the tensor in which its sums can be looked at.
struct Watched {
  NodeId node = NodeId::none;
  ValueId value = ValueId::none;
  std::int32_t zero = 0;  ///< of `value` when that is 8-bit
};

/// The int8 constant that a node multiplies, behind its DequantizeLinear; null for others.
const Tensor* integer_weight(const Graph& graph, const Node& node) {
  const Node* from = producer_of(graph, node.inputs[1], "DequantizeLinear");
  if (from == nullptr || !graph.is_constant(from->inputs[0])) return nullptr;
  const Tensor& weight = *graph.value(from->inputs[0]).constant;
  return weight.dtype() == DType::int8 ? &weight : nullptr;
}

/// The axis of the weight along which output channels lie.
int channel_axis(const Node& node, const Shape& weight) {
  if (node.is("Conv")) return 0;
  if (node.is("Gemm")) return int_attribute(node, "transB", 0) != 0 ? 0 : 1;
  return static_cast<int>(weight.size()) - 1;
}

bool multiplies_pairs(const Graph& graph, const Node& node) {
  if (!node.is("Conv") && !node.is("Gemm") && !node.is("MatMul")) return false;
  const Tensor* weight = integer_weight(graph, node);
  if (weight == nullptr || weight->shape().size() < 2 || weight->element_count() == 0) return false;
  // Runtimes multiply depthwise weights in 16 bits.
  return !is_depthwise(node, weight->shape()) && dequantized(graph, node.inputs[0]).has_value();
}

/// The 8-bit tensor that the node's sums end in, through what is fused behind it; the node's own
/// output when there is none.
Watched watch(const Graph& graph, NodeId id) {
  constexpr int kFusedNodes = 6;
  ValueId value = graph.node(id).outputs[0];
  Watched watched{id, value, 0};
  for (int i = 0; i < kFusedNodes && graph.has_single_use(value); ++i) {
    const Node& user = graph.node(graph.uses(value)[0]);
    if (const auto point = quantizes(graph, user)) {
      watched.value = point->value;
      watched.zero = point->zero;
      return watched;
    }
    // What joins two sums belongs to neither.
    const bool joins = std::count_if(user.inputs.begin(), user.inputs.end(), [&](ValueId input) {
                         return input != ValueId::none && !graph.is_constant(input);
                       }) > 1;
    if (user.outputs.size() != 1 || joins) return watched;
    value = user.outputs[0];
  }
  return watched;
}

/// Adds the differences of two 8-bit tensors of one meaning, or of two float tensors.
void add_difference(const TensorView& want, const TensorView& got, std::int32_t zero,
                    ErrorSums& sums, std::int64_t& changed) {
  const bool is_float = want.dtype == DType::float32;
  const bool is_signed = want.dtype == DType::int8;
  const auto element = [&](const TensorView& view, std::int64_t offset) -> float {
    if (is_float) return view.as<float>()[offset];
    const std::int32_t byte = is_signed
                                  ? view.as<std::int8_t>()[offset]
                                  : static_cast<std::int32_t>(view.as<std::uint8_t>()[offset]);
    return static_cast<float>(byte - zero);
  };
  for_each_offset<2>(want.shape, {want.strides, got.strides}, [&](const auto& at) {
    const float w = element(want, at[0]);
    const float g = element(got, at[1]);
    sums.add(&w, &g, 1);
    changed += w != g ? 1 : 0;
  });
}

class SaturationCheck {
 public:
  SaturationCheck(const Model& model, const SaturationOptions& options,
                  const std::shared_ptr<MemoryBudget>& budget, const NativeModelOptions& native)
      : model_(model), options_(options), budget_(budget), native_(native) {}

  Result<SaturationReport> run() {
    if (!options_.data.empty() && native_.backends.front()->name() != "cpu") {
      return unsupported("saturation is looked at on backend cpu, not " +
                             std::string(native_.backends.front()->name()),
                         "E-SATURATION-BACKEND");
    }
    Graph& graph = model_.graph;
    VERNIER_TRY(infer_types(graph));
    const Pass* const expand[] = {&expand_qoperator_pass()};
    VERNIER_TRY(run_passes(graph, expand, {}));
    VERNIER_ASSIGN(const auto order, graph.topological_order());
    for (const NodeId id : order) {
      if (multiplies_pairs(graph, graph.node(id))) add_node(id);
    }
    if (!options_.data.empty() && !watched_.empty()) VERNIER_TRY(look());
    return std::move(report_);
  }

 private:
  void add_node(NodeId id) {
    const Graph& graph = model_.graph;
    const Node& node = graph.node(id);
    const Tensor& weight = *integer_weight(graph, node);
    const ChannelBlocks blocks(weight.shape(), channel_axis(node, weight.shape()));
    const auto pairs = worst_pairs(weight.span<std::int8_t>(), blocks);
    SaturationNode entry;
    entry.node = node.name;
    entry.op = node.op->name;
    entry.channels = blocks.channels;
    entry.risky_channels =
        std::count_if(pairs.begin(), pairs.end(), [](int pair) { return pair > kSafePair; });
    entry.worst_pair = *std::max_element(pairs.begin(), pairs.end());
    report_.nodes.push_back(std::move(entry));
    watched_.push_back(watch(graph, id));
  }

  Result<std::unique_ptr<ProbeModel>> probe(bool saturate, std::span<const ValueId> values) const {
    NativeModelOptions native = native_;
    native.lower.saturate_pairs = saturate;
    return ProbeModel::load(model_, values, budget_, std::move(native));
  }

  /// Runs samples exactly, with saturation in one node at a time, and with saturation in all.
  Result<void> look() {
    const Graph& graph = model_.graph;
    const auto inputs = infos_of(graph, graph.inputs);
    VERNIER_ASSIGN(auto source, open_samples(options_.data, options_.preprocess,
                                             folded_preprocess(model_.metadata), inputs, budget_));
    report_.data = source->text();
    std::vector<ValueId> values;
    for (const Watched& watched : watched_) values.push_back(watched.value);
    VERNIER_ASSIGN(auto pool, ThreadPool::create(native_.lower.threads));
    VERNIER_ASSIGN(auto exact_probe, probe(false, values));
    VERNIER_ASSIGN(auto alone_probe, probe(true, values));
    VERNIER_ASSIGN(auto all_probe, probe(true, {}));
    Runner exact(*pool, std::move(exact_probe));
    Runner alone(*pool, std::move(alone_probe));
    Runner all(*pool, std::move(all_probe));
    sums_.resize(watched_.size());
    std::vector<ErrorSums> outputs;
    std::vector<RowAgreement> rows;
    for (std::int64_t i = 0; i < std::min(source->count(), options_.samples); ++i) {
      VERNIER_ASSIGN(const auto sample, source->load(i));
      VERNIER_ASSIGN(ProbeRun * a, exact.start(sample));
      VERNIER_ASSIGN(ProbeRun * b, alone.start(sample));
      VERNIER_TRY(compare_nodes(*a, *b, *pool));
      VERNIER_ASSIGN(ProbeRun * c, all.start(sample));
      VERNIER_TRY(c->next(*pool));
      VERNIER_ASSIGN(const auto want, outputs_of(graph, *a));
      VERNIER_ASSIGN(const auto got, outputs_of(graph, *c));
      add_errors(want, got, outputs);
      add_rows(want, got, rows);
      ++report_.samples;
    }
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      report_.outputs.push_back({graph.outputs[k].name, outputs[k].db(), rows[k].share()});
    }
    for (std::size_t k = 0; k < sums_.size(); ++k) {
      if (report_.nodes[k].outputs > 0) report_.nodes[k].sqnr_db = sums_[k].db();
    }
    return {};
  }

  /// The second run saturates, and gets the first one's numbers after each node.
  Result<void> compare_nodes(ProbeRun& exact, ProbeRun& saturating, Parallel& pool) {
    while (true) {
      VERNIER_ASSIGN(const auto want, exact.next(pool));
      VERNIER_ASSIGN(const auto got, saturating.next(pool));
      if (!want || !got) return {};
      if (want->value != got->value) {
        return internal_error("two runs stop in different orders", "E-INTERNAL-ORDER");
      }
      SaturationNode& node = report_.nodes[want->value];
      node.outputs += want->view.element_count();
      add_difference(TensorView(want->view), TensorView(got->view), watched_[want->value].zero,
                     sums_[want->value], node.changed);
      copy_elements(TensorView(want->view), got->view);
    }
  }

  Model model_;
  const SaturationOptions& options_;
  const std::shared_ptr<MemoryBudget>& budget_;
  const NativeModelOptions& native_;
  std::vector<Watched> watched_;  // parallel to report_.nodes
  std::vector<ErrorSums> sums_;
  SaturationReport report_;
};

}  // namespace

Result<SaturationReport> check_saturation(const Model& model, const SaturationOptions& options,
                                          const std::shared_ptr<MemoryBudget>& budget,
                                          const NativeModelOptions& native) {
  return SaturationCheck(model, options, budget, native).run();
}

}  // namespace vernier
