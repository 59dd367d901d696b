#include "passes/dynamic_batch.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/checked_math.h"
#include "graph/edit.h"
#include "graph/infer.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/gather.h"
#include "ops/mul.h"
#include "ops/shape.h"
#include "ops/tile.h"
#include "passes/batch_step.h"

namespace vernier {
namespace {

/// The batch that the other one is compared with: a prime, so that it is told from other sizes.
constexpr std::int64_t kProbe = 1009;
constexpr int kGuesses = 3;
constexpr const char* kName = "dynamic_batch";  ///< of what is added

Tensor integers(DType dtype, std::span<const std::int64_t> values, bool is_scalar = false) {
  const Shape shape = is_scalar ? Shape() : Shape{static_cast<std::int64_t>(values.size())};
  if (dtype != DType::int32) return Tensor::from_int64(values, shape);
  auto tensor = Tensor::allocate(dtype, shape);
  if (!tensor) return {};
  std::transform(values.begin(), values.end(), tensor->mutable_as<std::int32_t>(),
                 [](std::int64_t value) { return static_cast<std::int32_t>(value); });
  return std::move(tensor).value();
}

/// Whether an input says sizes or places only, so that it may depend on the batch.
bool reads_size(const Node& node, std::size_t slot) {
  static const std::map<std::string_view, std::set<std::size_t>> kSlots = {
      {"Reshape", {1}}, {"Expand", {1}},       {"Tile", {1}},      {"Slice", {1, 2, 3, 4}},
      {"Pad", {1, 3}},  {"Resize", {1, 2, 3}}, {"TopK", {1}},      {"ConstantOfShape", {0}},
      {"OneHot", {1}},  {"Split", {1}},        {"Col2Im", {1, 2}},
  };
  const auto at = kSlots.find(node.op->name);
  return at != kSlots.end() && at->second.count(slot) != 0;
}

/// Produced values forget their sizes, so that inference says them anew.
void forget_sizes(Graph& graph) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Value& value = graph.value(id);
    if (value.producer == NodeId::none || value.type.kind != ValueType::Kind::tensor) continue;
    graph.set_type(id, ValueType::of(value.type.dtype));
  }
}

ValueId input_of(const Node& node, std::size_t slot) {
  return slot < node.inputs.size() ? node.inputs[slot] : ValueId::none;
}

/// Elements on an axis with `multiple` a sample, for the other batch.
Dim probed(std::int64_t multiple) {
  const auto size = checked_mul(multiple, kProbe);
  return size ? Dim::known(*size) : Dim::unknown();
}

using KnownInts = std::map<ValueId, std::vector<Dim>>;

/// Integer values of a graph that follow from its shapes.
Result<KnownInts> known_integers(Graph graph) {
  clone_bodies(graph);
  KnownInts known;
  InferOptions options;
  options.known = [&](Graph& at, NodeId id, std::size_t output,
                      std::span<const Dim> elements) -> Result<void> {
    if (&at == &graph) {
      known[at.node(id).outputs[output]] = {elements.begin(), elements.end()};
    }
    return {};
  };
  VERNIER_TRY(infer_types(graph, options));
  return known;
}

/// Follows the batch through a copy of the graph in which it has another size. Every node is
/// looked at right before its types are inferred there.
class Walk {
 public:
  Walk(const Graph& before, const KnownInts& known, std::int64_t batch, int guess,
       std::shared_ptr<MemoryBudget> budget)
      : before_(before),
        known_(known),
        batch_(batch),
        guess_(guess),
        budget_(std::move(budget)),
        probe_(before),
        axes_(before.value_count()),
        lost_(before.value_count(), false) {}

  std::vector<std::pair<NodeId, SlotRewrite>> rewrites;
  std::vector<BatchBlocker> blockers;

  void run(std::span<const BatchInput> inputs) {
    clone_bodies(probe_);
    forget_sizes(probe_);
    for (const BatchInput& input : inputs) {
      const ValueId id = before_.inputs[input.input].value;
      axes_[index_of(id)] = BatchAxis{input.axis, 1, 1};
      ValueType type = before_.value(id).type;
      type.dims[input.axis] = Dim::known(kProbe);
      probe_.set_type(id, std::move(type));
    }
    InferOptions options;
    options.fold = [&](Graph& graph, NodeId id) -> Result<bool> {
      return &graph == &probe_ && enter(id);
    };
    options.known = [&](Graph& graph, NodeId id, std::size_t output,
                        std::span<const Dim> elements) -> Result<void> {
      if (&graph == &probe_) note_integers(before_.node(id).outputs[output], elements);
      return {};
    };
    const auto inferred = infer_types(probe_, options);
    if (!inferred) {
      block(current_, inferred.error().message);
      return;
    }
    leave();
    for (const Port& port : before_.outputs) {
      const auto at = sized_.find(port.value);
      if (at == sized_.end() || lost_[index_of(port.value)]) continue;
      block(before_.value(port.value).producer,
            "the output '" + port.name + "' holds a number that follows the batch");
    }
  }

  [[nodiscard]] std::optional<BatchAxis> axis_of(ValueId id) const { return axes_[index_of(id)]; }

 private:
  void block(NodeId id, std::string why) {
    if (id == NodeId::none) {
      blockers.push_back({"", "", std::move(why)});
      return;
    }
    const Node& node = before_.node(id);
    blockers.push_back({node.name, std::string(node.op->name), std::move(why)});
    for (const ValueId output : node.outputs) {
      if (output != ValueId::none) lost_[index_of(output)] = true;
    }
  }

  /// Before a node is inferred; true: it is left out.
  bool enter(NodeId id) {
    leave();
    current_ = id;
    outs_.clear();
    by_size_ = false;
    const Node& node = before_.node(id);
    bool any_batch = false;
    bool any_size = false;
    BatchStep step(before_, probe_, id, batch_, guess_, budget_);
    for (const ValueId input : node.inputs) {
      step.in.push_back(input == ValueId::none ? std::nullopt : axes_[index_of(input)]);
      if (input == ValueId::none) continue;
      if (lost_[index_of(input)]) {
        for (const ValueId output : node.outputs) {
          if (output != ValueId::none) lost_[index_of(output)] = true;
        }
        current_ = NodeId::none;
        return true;
      }
      any_batch = any_batch || step.in.back();
      any_size = any_size || sized_.count(input) != 0;
    }
    if (any_size) carry_sizes(node, any_batch);
    if (any_batch) {
      if (Reason why = follow(step); !why.empty()) {
        block(id, std::move(why));
        current_ = NodeId::none;
        return true;
      }
    }
    by_size_ = step.out_by_size || (!any_batch && any_size);
    is_reshaped_ = step.out_by_size;
    outer_total_ = step.outer_total;
    outs_ = std::move(step.out);
    for (SlotRewrite& rewrite : step.rewrites) {
      pretend(id, rewrite);
      rewrites.emplace_back(id, std::move(rewrite));
    }
    return false;
  }

  Reason follow(BatchStep& step) {
    if (step.node.is("Shape")) {
      note_shape(step);
      return {};
    }
    if (step.node.is("Size")) {
      sized_[step.node.outputs[0]] = {true};
      return {};
    }
    for (std::size_t slot = 0; slot < step.in.size(); ++slot) {
      if (!step.has(slot)) continue;
      if (step.batched(slot) && !step.type(slot).ranked) return "the rank of its input is unknown";
      if (sized_.count(step.node.inputs[slot]) != 0 && !reads_size(step.node, slot)) {
        return "it mixes samples with a number that follows the batch";
      }
    }
    const BatchRule rule = find_batch_rule(step.node);
    if (rule == nullptr) return "it is not known what it does to a batch";
    return rule(step);
  }

  /// Elements of a Shape that follow the batch.
  void note_shape(const BatchStep& step) {
    const auto& params = params_as<ShapeParams>(step.node);
    const auto rank = static_cast<std::int64_t>(step.rank(0));
    const auto clamped = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const std::int64_t end = params.has_end ? clamped(params.end) : rank;
    std::vector<bool> flags;
    for (std::int64_t i = clamped(params.start); i < end; ++i) {
      flags.push_back(i == static_cast<std::int64_t>(step.in[0]->axis));
    }
    if (std::find(flags.begin(), flags.end(), true) == flags.end()) return;
    sized_[step.node.outputs[0]] = std::move(flags);
  }

  /// What is made of sizes follows them; single elements can be told from each other for a while.
  void carry_sizes(const Node& node, bool any_batch) {
    if (any_batch) return;
    std::vector<bool> flags = {true};
    const auto source = sized_.find(node.inputs[0]);
    if (source != sized_.end() && source->second.size() > 1 && node.is("Gather")) {
      const BatchStep step(before_, probe_, current_, batch_, guess_);
      const auto picked = step.ints(1);
      const auto count = static_cast<std::int64_t>(source->second.size());
      if (picked) flags.clear();
      for (std::int64_t at : picked.value_or(std::vector<std::int64_t>{})) {
        at += at < 0 ? count : 0;
        flags.push_back(at < 0 || at >= count || source->second[static_cast<std::size_t>(at)]);
      }
    } else if (source != sized_.end() && (node.is("Cast") || node.is("Identity"))) {
      flags = source->second;
    }
    if (std::find(flags.begin(), flags.end(), true) == flags.end()) return;
    for (const ValueId output : node.outputs) {
      if (output != ValueId::none) sized_[output] = flags;
    }
  }

  /// Integers that inference knows for both batches: equal ones are constants.
  void note_integers(ValueId id, std::span<const Dim> elements) {
    const auto old = known_.find(id);
    if (old == known_.end() || old->second.size() != elements.size()) return;
    std::vector<bool> flags;
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      flags.push_back(elements[i].value != old->second[i].value);
      values.push_back(elements[i].value);
    }
    if (std::find(flags.begin(), flags.end(), true) != flags.end()) {
      sized_[id] = std::move(flags);
      return;
    }
    sized_.erase(id);
    const ValueType& type = before_.value(id).type;
    probe_.detach_and_set_constant(id, integers(type.dtype, values, type.dims.empty()));
  }

  /// Makes a node of the copy read what it will read after a rewrite.
  void pretend(NodeId id, const SlotRewrite& rewrite) {
    const ValueId old = input_of(before_.node(id), rewrite.slot);
    if (!rewrite.sizes.empty()) {
      const DType dtype = old == ValueId::none ? DType::int64 : before_.value(old).type.dtype;
      std::vector<std::int64_t> values;
      for (const BatchSize& size : rewrite.sizes) {
        values.push_back(size.of_batch ? probed(size.factor).value : size.factor);
      }
      const ValueId fresh = probe_.add_constant("", integers(dtype, values));
      probe_.set_input(id, rewrite.slot, fresh);
      return;
    }
    ValueType shown = before_.value(old).type;
    shown.dims[rewrite.axis] =
        rewrite.repeat ? probed(rewrite.multiple) : Dim::known(rewrite.before);
    probe_.set_input(id, rewrite.slot, probe_.add_value("", std::move(shown)));
  }

  /// After a node was inferred: its outputs have the sizes that its rule expects.
  void leave() {
    if (current_ == NodeId::none) return;
    const NodeId id = std::exchange(current_, NodeId::none);
    const Node& node = before_.node(id);
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId output = node.outputs[i];
      if (output == ValueId::none) continue;
      if (Reason why = judge(output, i); !why.empty()) {
        block(id, std::move(why));
        return;
      }
    }
  }

  Reason judge(ValueId id, std::size_t slot) {
    const ValueType& old = before_.value(id).type;
    const ValueType& now = probe_.value(id).type;
    std::optional<BatchAxis> expected = slot < outs_.size() ? outs_[slot] : std::nullopt;
    if (expected && !old.ranked) return "the rank of its output is not known";
    if (!old.ranked || !now.ranked) {
      axes_[index_of(id)] = expected;
      return {};
    }
    if (old.dims.size() != now.dims.size()) return "its output has another rank for another batch";
    std::optional<std::size_t> changed;
    for (std::size_t i = 0; i < old.dims.size(); ++i) {
      if (!old.dims[i].is_known() || !now.dims[i].is_known()) continue;
      if (old.dims[i].value == now.dims[i].value) continue;
      if (changed) return "the batch is in two axes of its output";
      changed = i;
    }
    if (by_size_) return judge_size(id, changed);
    if (expected && expected->axis >= now.dims.size())
      return "its output has no axis for the batch";
    if (expected) {
      const Dim& size = now.dims[expected->axis];
      const bool fits =
          size.is_known() ? size == probed(expected->multiple()) : !changed.has_value();
      if (!fits || (changed && *changed != expected->axis)) {
        return "its output is " + to_string(now) + " for a batch of " + std::to_string(kProbe);
      }
    } else if (changed) {
      return "its output changes with the batch in a way that is not known";
    }
    axes_[index_of(id)] = expected;
    return {};
  }

  /// The axis that changed is that of the batch.
  Reason judge_size(ValueId id, std::optional<std::size_t> changed) {
    if (!changed) return is_reshaped_ ? "it is not known where the batch goes" : Reason();
    const Node& node = before_.node(before_.value(id).producer);
    const auto& old = before_.value(id).type.dims;
    const auto& now = probe_.value(id).type.dims;
    const std::int64_t multiple = old[*changed].value / batch_;
    if (multiple * batch_ != old[*changed].value || now[*changed] != probed(multiple)) {
      return "its size does not follow the batch in proportion";
    }
    BatchAxis axis{*changed, 1, multiple};
    if (is_reshaped_) {
      std::int64_t before = 1;
      for (std::size_t i = 0; i < *changed; ++i) {
        const auto next = checked_mul(before, old[i].value);
        if (!old[i].is_known() || !next) return "it is not known where the batch goes";
        before = *next;
      }
      if (before == 0 || outer_total_ <= 0 || outer_total_ % before != 0 ||
          multiple % (outer_total_ / before) != 0) {
        return "it mixes samples";
      }
      axis.outer = outer_total_ / before;
      axis.inner = multiple / axis.outer;
    } else if (!node.is("ConstantOfShape") && !node.is("Expand") && !node.is("Tile")) {
      return "it numbers the samples";
    }
    axes_[index_of(id)] = axis;
    sized_.erase(id);
    return {};
  }

  const Graph& before_;
  const KnownInts& known_;
  std::int64_t batch_;
  int guess_;
  std::shared_ptr<MemoryBudget> budget_;
  Graph probe_;
  std::vector<std::optional<BatchAxis>> axes_;
  std::vector<bool> lost_;  ///< behind a blocker
  /// Values without a batch axis in which the size of the batch is; single elements, or {true}.
  std::map<ValueId, std::vector<bool>> sized_;
  NodeId current_ = NodeId::none;
  std::vector<std::optional<BatchAxis>> outs_;
  bool by_size_ = false;
  bool is_reshaped_ = false;
  std::int64_t outer_total_ = 0;
};

/// Carries a successful walk's rewrites out.
class Rewriter {
 public:
  Rewriter(Graph& graph, const BatchInput& source)
      : graph_(graph), source_(source), adder_(graph) {}

  /// Returns what was done.
  Result<std::string> apply(NodeId id, const SlotRewrite& rewrite) {
    const Node& node = graph_.node(id);
    const ValueId old = input_of(node, rewrite.slot);
    adder_.set_opset(node.opset);
    std::string note = "'" + node.name + "' (" + std::string(node.op->name) + "): ";
    if (!rewrite.sizes.empty()) {
      const DType dtype = old == ValueId::none ? DType::int64 : graph_.value(old).type.dtype;
      note += sizes_text(old) + " -> " + text(rewrite.sizes);
      VERNIER_ASSIGN(const ValueId fresh, sizes(dtype, rewrite.sizes));
      graph_.set_input(id, rewrite.slot, fresh);
      return note;
    }
    ValueId value = old;
    if (rewrite.constant) value = adder_.constant(kName, *rewrite.constant);
    if (rewrite.repeat) {
      VERNIER_ASSIGN(value, repeat(value, graph_.value(old).type.dims.size(), rewrite));
    }
    graph_.set_input(id, rewrite.slot, value);
    note += "'" + graph_.value(old).name + "' ";
    return note + (rewrite.repeat ? "is repeated for every sample" : "is that of one sample");
  }

 private:
  [[nodiscard]] std::string sizes_text(ValueId id) const {
    if (id == ValueId::none) return "none";
    const auto& tensor = graph_.value(id).constant;
    if (!tensor || !tensor->aligned()) return "computed sizes";
    std::vector<BatchSize> all;
    for (std::int64_t i = 0; i < tensor->element_count(); ++i) {
      all.push_back({tensor->dtype() == DType::int32 ? tensor->as<std::int32_t>()[i]
                                                     : tensor->as<std::int64_t>()[i],
                     false});
    }
    return text(all);
  }

  static std::string text(const std::vector<BatchSize>& sizes) {
    std::string all = "[";
    for (const BatchSize& size : sizes) {
      if (all.size() > 1) all += ",";
      if (!size.of_batch) {
        all += std::to_string(size.factor);
      } else {
        all += size.factor == 1 ? "batch" : std::to_string(size.factor) + "*batch";
      }
    }
    return all + "]";
  }

  Result<ValueId> add(const OpDef& op, std::vector<ValueId> inputs,
                      std::vector<Attribute> attributes = {}) {
    return adder_.node(&op, kName, kName, std::move(inputs), std::move(attributes));
  }

  ValueId ints(std::vector<std::int64_t> values) {
    return adder_.constant(kName, Tensor::from_int64(values));
  }

  /// The size of the batch, one element.
  Result<ValueId> batch() {
    if (batch_ != ValueId::none) return batch_;
    VERNIER_ASSIGN(const ValueId shape, add(shape_op, {graph_.inputs[source_.input].value}));
    VERNIER_ASSIGN(batch_, add(gather_op, {shape, ints({static_cast<std::int64_t>(source_.axis)})},
                               {{"axis", std::int64_t{0}}}));
    return batch_;
  }

  Result<ValueId> sizes(DType dtype, const std::vector<BatchSize>& all) {
    std::vector<std::int64_t> values;
    std::vector<ValueId> parts;
    const auto close = [&] {
      if (!values.empty()) parts.push_back(ints(std::exchange(values, {})));
    };
    for (const BatchSize& size : all) {
      if (!size.of_batch) {
        values.push_back(size.factor);
        continue;
      }
      close();
      VERNIER_ASSIGN(ValueId part, batch());
      if (size.factor != 1) {
        VERNIER_ASSIGN(part, add(mul_op, {part, ints({size.factor})}));
      }
      parts.push_back(part);
    }
    if (parts.empty()) return adder_.constant(kName, integers(dtype, values));
    close();
    if (parts.size() == 1) return parts.front();
    return add(concat_op, std::move(parts), {{"axis", std::int64_t{0}}});
  }

  Result<ValueId> repeat(ValueId value, std::size_t rank, const SlotRewrite& rewrite) {
    std::vector<BatchSize> counts(rank, BatchSize{1, false});
    const bool expands = rewrite.before == 1;
    counts[rewrite.axis] = {expands ? rewrite.multiple : 1, true};
    VERNIER_ASSIGN(const ValueId count, sizes(DType::int64, counts));
    return add(expands ? expand_op : tile_op, {value, count});
  }

  Graph& graph_;
  BatchInput source_;
  NodeAdder adder_;
  ValueId batch_ = ValueId::none;
};

Dim free_size(const BatchAxis& axis, const std::string& symbol) {
  return axis.multiple() == 1 ? Dim::named(symbol) : Dim::unknown();
}

}  // namespace

Result<DynamicBatchReport> make_batch_dynamic(Graph& graph, std::span<const BatchInput> inputs,
                                              const std::string& symbol,
                                              const std::shared_ptr<MemoryBudget>& budget) {
  DynamicBatchReport report;
  if (inputs.empty()) return report;
  const BatchInput& source = inputs.front();
  const std::int64_t batch =
      graph.value(graph.inputs[source.input].value).type.dims[source.axis].value;
  VERNIER_ASSIGN(const KnownInts known, known_integers(graph));
  std::optional<Walk> walk;
  for (int guess = 0; guess < kGuesses; ++guess) {
    Walk attempt(graph, known, batch, guess, budget);
    attempt.run(inputs);
    if (guess == 0) report.blockers = attempt.blockers;
    if (!attempt.blockers.empty()) continue;
    report.blockers.clear();
    walk.emplace(std::move(attempt));
    break;
  }
  if (!walk) return report;

  std::vector<ValueType> outputs;
  for (const Port& port : graph.outputs) {
    report.outputs.push_back(walk->axis_of(port.value));
    outputs.push_back(graph.value(port.value).type);
    const auto& axis = report.outputs.back();
    if (axis && outputs.back().ranked) outputs.back().dims[axis->axis] = free_size(*axis, symbol);
  }
  Rewriter rewriter(graph, source);
  for (const auto& [id, rewrite] : walk->rewrites) {
    VERNIER_ASSIGN(std::string note, rewriter.apply(id, rewrite));
    report.rewritten.push_back(std::move(note));
  }
  remove_dead(graph);
  forget_sizes(graph);
  for (const BatchInput& input : inputs) {
    ValueType type = graph.value(graph.inputs[input.input].value).type;
    type.dims[input.axis] = Dim::named(symbol);
    bind_input(graph, input.input, type);
  }
  VERNIER_TRY(infer_types(graph));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (report.outputs[i]) graph.set_type(graph.outputs[i].value, std::move(outputs[i]));
  }
  return report;
}

}  // namespace vernier
