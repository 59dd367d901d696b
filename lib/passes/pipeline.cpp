#include "passes/pipeline.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "base/clock.h"
#include "graph/edit.h"
#include "graph/infer.h"
#include "graph/verify.h"
#include "passes/passes.h"

namespace vernier {
namespace {

constexpr std::string_view kConstantFolding = "constant_folding";
constexpr std::string_view kShapeFolding = "shape_folding";
constexpr std::string_view kDequantize = "DequantizeLinear";
constexpr int kNoOpset = std::numeric_limits<int>::max();

struct Row {
  const Pass* pass;
  /// Runs once nothing else changes anything any more.
  bool late = false;
};

/// The order. Folding comes before all of it in every round, because patterns compare constants.
std::vector<Row> native_passes() {
  return {
      // First, because the branch taken joins the patterns around it.
      {&inline_if_pass()},
      {&prune_captures_pass()},
      // Before everything that knows DequantizeLinear and QuantizeLinear, which it makes.
      {&expand_qoperator_pass()},
      {&float_integer_products_pass()},
      // Before the patterns, because they count readers: dead readers and nodes that do nothing
      // stand in the way, and twins hide that two inputs are the same value.
      {&dead_code_pass()},
      {&identity_pass()},
      {&cse_pass()},
      {&merge_reshapes_pass()},
      // Before fusions, because a Transpose between a product and its epilogue hides the pattern.
      {&transpose_pass()},
      // Composite activations before scale folding, because a Mul by 0.5 or 1/6 would be taken for
      // a scale of the convolution before it.
      {&fuse_hard_swish_pass()},
      {&fuse_gelu_pass()},
      {&fuse_silu_pass()},
      {&fuse_layer_norm_pass()},
      // Before the epilogues, because a moved QuantizeLinear uncovers the product under it.
      {&move_quantization_pass()},
      // Weights before epilogues, because the fused operators take no further scale.
      {&fuse_pad_conv_pass()},
      {&fuse_conv_batch_norm_pass()},
      {&fuse_quant_batch_norm_pass()},
      {&fuse_conv_scale_pass()},
      // Bias, then residual, then activation, because that is the order of evaluation in the fused
      // operators: a bias added after a residual, or anything after an activation, stays outside.
      {&fuse_matmul_bias_pass()},
      {&fuse_residual_pass()},
      {&fuse_activation_pass()},
      // Tables before sums of two: x * sigmoid(x) is a table too. Products behind the epilogues,
      // because those decide what stands between sum and quantization.
      {&fuse_quant_table_pass()},
      {&fuse_quant_sum_pass()},
      {&fuse_quant_binary_pass()},
      // A residual before the table, because that is the order of evaluation.
      {&fuse_quant_residual_pass()},
      {&fuse_table_epilogue_pass()},
      // Late, because a product of integers is better than one of floats with integer weights, and
      // epilogues are inside by then.
      {&fuse_weight_matmul_pass(), true},
  };
}

std::vector<Row> standard_passes(const RewriteOptions& options) {
  std::vector<Row> passes = native_passes();
  if (options.set == PassSet::native) return passes;
  const std::pair<const Pass*, int> begins[] = {{&fuse_hard_swish_pass(), 14},
                                                {&fuse_layer_norm_pass(), 17},
                                                {&fuse_gelu_pass(), 20},
                                                {&fuse_silu_pass(), 24},
                                                // These make operators that no file can hold.
                                                {&fuse_matmul_bias_pass(), kNoOpset},
                                                {&expand_qoperator_pass(), kNoOpset},
                                                {&float_integer_products_pass(), kNoOpset},
                                                {&move_quantization_pass(), kNoOpset},
                                                {&fuse_quant_batch_norm_pass(), kNoOpset},
                                                {&fuse_quant_table_pass(), kNoOpset},
                                                {&fuse_quant_sum_pass(), kNoOpset},
                                                {&fuse_quant_binary_pass(), kNoOpset},
                                                {&fuse_quant_residual_pass(), kNoOpset},
                                                {&fuse_table_epilogue_pass(), kNoOpset},
                                                {&fuse_weight_matmul_pass(), kNoOpset},
                                                // Copies captured constants into every body.
                                                {&prune_captures_pass(), kNoOpset},
                                                {&fuse_residual_pass(), kNoOpset},
                                                {&fuse_activation_pass(), kNoOpset}};
  std::erase_if(passes, [&](const Row& row) {
    return std::any_of(std::begin(begins), std::end(begins), [&](const auto& entry) {
      return entry.first == row.pass && entry.second > options.opset;
    });
  });
  return passes;
}

class Pipeline {
 public:
  Pipeline(Graph& graph, const RewriteOptions& options, bool folds)
      : graph_(graph), options_(options), folds_(folds), context_{options.budget} {}

  Result<RewriteReport> run(std::span<const Row> passes) {
    for (const Row& row : passes) {
      if (!disabled(row.pass->name())) passes_.push_back(row);
    }
    if (folds_) {
      report_.passes.push_back({std::string(kConstantFolding), 0, 0, {}, 0});
      report_.passes.push_back({std::string(kShapeFolding), 0, 0, {}, 0});
    }
    first_ = report_.passes.size();
    for (const Row& row : passes_) {
      report_.passes.push_back({std::string(row.pass->name()), 0, 0, {}, 0});
    }
    clone_bodies(graph_);
    // Quantized weights stay so until the integer operators had their chance; what no one took is
    // folded to floats, which opens the other rewrites.
    keep_quantized_ = folds_ && options_.set == PassSet::native && has_quantized_weights();
    VERNIER_TRY(run_to_fixed_point());
    if (keep_quantized_) {
      late_ = true;
      VERNIER_TRY(run_to_fixed_point());
      keep_quantized_ = false;
      VERNIER_TRY(run_to_fixed_point());
    }
    report_.stopped = stopped();
    VERNIER_TRY(infer_types(graph_));
    remove_dead(graph_);
    VERNIER_TRY(verify(graph_));
    return std::move(report_);
  }

 private:
  Result<void> run_to_fixed_point() {
    bool changed = true;
    while (changed && !stopped()) {
      if (report_.iterations == options_.max_iterations) {
        report_.caps.push_back("the graph still changed after " +
                               std::to_string(options_.max_iterations) + " rounds");
        break;
      }
      ++report_.iterations;
      const std::int64_t before = report_.edits;
      VERNIER_TRY(fold());
      for (std::size_t i = 0; i < passes_.size() && !stopped(); ++i) {
        if (passes_[i].late && !late_) continue;
        VERNIER_TRY(run_pass(*passes_[i].pass, report_.passes[first_ + i]));
      }
      changed = report_.edits != before;
    }
    return {};
  }

  [[nodiscard]] bool has_quantized_weights() const {
    const std::vector<Graph*> graphs = all_graphs(graph_);
    return std::any_of(graphs.begin(), graphs.end(), [](const Graph* graph) {
      for (std::size_t i = 0; i < graph->node_capacity(); ++i) {
        const auto id = static_cast<NodeId>(i);
        if (!graph->alive(id)) continue;
        const std::string_view op = graph->node(id).op->name;
        if (op == kDequantize || op.rfind("QLinear", 0) == 0) return true;
        if (op == "MatMulInteger" || op == "ConvInteger") return true;
      }
      return false;
    });
  }

  [[nodiscard]] bool disabled(std::string_view name) const {
    return std::find(options_.disabled.begin(), options_.disabled.end(), name) !=
           options_.disabled.end();
  }
  [[nodiscard]] bool stopped() const {
    return options_.stop_after_edits >= 0 && report_.edits >= options_.stop_after_edits;
  }

  Result<void> fold() {
    if (!folds_) return infer_types(graph_);
    FoldOptions fold;
    fold.budget = options_.budget;
    fold.max_output_bytes = options_.max_fold_bytes;
    fold.keep = options_.keep_ops;
    if (keep_quantized_) fold.keep.emplace_back(kDequantize);
    fold.constants = !disabled(kConstantFolding);
    fold.shapes = !disabled(kShapeFolding);
    if (options_.stop_after_edits >= 0) fold.max_edits = options_.stop_after_edits - report_.edits;
    FoldReport report;
    const std::int64_t start = now_ns();
    VERNIER_TRY(fold_and_infer(graph_, fold, &report));
    VERNIER_TRY(checked(kConstantFolding, verify(graph_)));
    report_.passes[0].ns += now_ns() - start;
    report_.passes[0].applied += report.constants;
    report_.passes[0].blocked = std::move(report.blocked);
    report_.passes[1].applied += report.shapes;
    report_.edits += report.constants + report.shapes;
    return {};
  }

  Result<void> run_pass(const Pass& pass, PassReport& report) {
    const std::int64_t start = now_ns();
    report.no_match = 0;
    report.blocked.clear();
    // Bodies are looked up graph by graph, because an edit may replace the node that owns them.
    std::vector<Graph*> graphs = all_graphs(graph_, true);
    for (std::size_t i = 0; i < graphs.size() && !stopped(); ++i) {
      VERNIER_ASSIGN(const bool changed, visit_all(pass, *graphs[i], report));
      if (!changed) continue;
      VERNIER_TRY(checked(pass.name(), verify(*graphs[i])));
      // Graphs are listed outer ones first: those after i may be gone, those before i are not.
      const std::vector<Graph*> done(graphs.begin(),
                                     graphs.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      graphs = done;
      for (Graph* other : all_graphs(graph_, true)) {
        if (std::find(graphs.begin(), graphs.end(), other) == graphs.end()) {
          graphs.push_back(other);
        }
      }
    }
    report.ns += now_ns() - start;
    return {};
  }

  /// Visits the nodes in topological order, and again those whose surroundings an edit changed.
  Result<bool> visit_all(const Pass& pass, Graph& graph, PassReport& report) {
    VERNIER_ASSIGN(const auto order, graph.topological_order());
    std::deque<NodeId> queue(order.begin(), order.end());
    std::vector<bool> queued(graph.node_capacity(), true);
    const std::size_t cap = 4 * order.size() + 64;
    std::size_t applied = 0;
    while (!queue.empty() && !stopped()) {
      const NodeId id = queue.front();
      queue.pop_front();
      queued[index_of(id)] = false;
      if (!graph.alive(id)) continue;
      auto match = pass.visit(graph, id, context_);
      if (!match) return named(pass.name(), with_node(std::move(match).error(), graph.node(id)));
      if (!match->is_edit()) {
        if (match->is_blocked()) {
          ++report.blocked[std::string(match->reason())];
        } else {
          ++report.no_match;
        }
        continue;
      }
      if (applied == cap) {
        report_.caps.push_back(std::string(pass.name()) + " was stopped after " +
                               std::to_string(cap) + " edits in one round");
        break;
      }
      auto edited = apply(graph, match->take_edit());
      if (!edited) return named(pass.name(), std::move(edited).error());
      ++applied;
      ++report.applied;
      ++report_.edits;
      queued.resize(graph.node_capacity(), false);
      for (const NodeId touched : edited->touched) {
        if (queued[index_of(touched)]) continue;
        queued[index_of(touched)] = true;
        queue.push_back(touched);
      }
    }
    return applied > 0;
  }

  static Error named(std::string_view pass, Error error) {
    error.message = "pass " + std::string(pass) + ": " + error.message;
    return error;
  }
  static Result<void> checked(std::string_view pass, Result<void> result) {
    if (!result) return named(pass, std::move(result).error());
    return {};
  }

  Graph& graph_;
  const RewriteOptions& options_;
  bool folds_;
  bool keep_quantized_ = false;
  bool late_ = false;  // nothing that is not late changes anything any more
  PassContext context_;
  std::vector<Row> passes_;
  std::size_t first_ = 0;
  RewriteReport report_;
};

Result<void> check_names(const std::vector<std::string>& names,
                         std::span<const std::string_view> known) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string text = "there is no pass '" + name + "'; the passes are";
    for (const std::string_view pass : known) {
      text += pass == known.front() ? " " : ", ";
      text += pass;
    }
    return usage_error(std::move(text), "E-USAGE-PASS");
  }
  return {};
}

}  // namespace

std::vector<std::string_view> pass_names() {
  std::vector<std::string_view> names = {kConstantFolding, kShapeFolding};
  for (const Row& row : native_passes()) names.push_back(row.pass->name());
  return names;
}

Result<RewriteReport> run_passes(Graph& graph, const RewriteOptions& options) {
  VERNIER_TRY(check_names(options.disabled, pass_names()));
  const auto passes = standard_passes(options);
  return Pipeline(graph, options, true).run(passes);
}

Result<RewriteReport> run_passes(Graph& graph, std::span<const Pass* const> passes,
                                 const RewriteOptions& options) {
  std::vector<std::string_view> names;
  std::vector<Row> rows;
  for (const Pass* pass : passes) {
    names.push_back(pass->name());
    rows.push_back({pass});
  }
  VERNIER_TRY(check_names(options.disabled, names));
  return Pipeline(graph, options, false).run(rows);
}

}  // namespace vernier
