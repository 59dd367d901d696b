#include "passes/change_precision.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "graph/edit.h"
#include "ops/cast.h"
#include "passes/pattern.h"
#include "passes/precision_reasons.h"

namespace vernier {
namespace {

/// What a value may reach: inputs that were not seen get some room.
constexpr float kHalfLimit = kLargestHalf / 4.0F;

/// Operators whose numbers are positions or counts, where eleven bits are too few.
constexpr std::array<std::string_view, 8> kPositional = {
    "Range",  "CumSum", "NonMaxSuppression", "RoiAlign", "GridSample", "MaxRoiPool",
    "OneHot", "TopK"};
/// Operators that make floats out of nothing: their type stands in an attribute or a constant.
constexpr std::array<std::string_view, 11> kSources = {
    "ConstantOfShape", "EyeLike",           "RandomNormal",  "RandomNormalLike",
    "RandomUniform",   "RandomUniformLike", "Multinomial",   "Bernoulli",
    "HannWindow",      "HammingWindow",     "BlackmanWindow"};
constexpr std::array<std::string_view, 3> kQuantizing = {"QuantizeLinear", "DequantizeLinear",
                                                         "DynamicQuantizeLinear"};

template <class List>
bool among(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

constexpr const char* kBetween = "it lies between nodes whose rounding costs too much accuracy";
constexpr std::size_t kSmallIsland = 8;
/// Elements of a constant from which on the bytes saved outweigh those of a Cast.
constexpr std::int64_t kWorthACast = 256;

bool holds_node(const Graph& graph, const std::string& name) {
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id) && (graph.node(id).name == name || graph.node(id).op->name == name)) {
      return true;
    }
  }
  return false;
}

Result<void> check_names(Graph& graph, const PrecisionOptions& options) {
  const auto graphs = all_graphs(graph);
  for (const std::string& name : options.keep) {
    if (std::none_of(graphs.begin(), graphs.end(),
                     [&](const Graph* part) { return holds_node(*part, name); })) {
      return usage_error("no node is called '" + name + "' and none has that operator",
                         "E-PRECISION-KEEP");
    }
  }
  for (const std::string& name : options.convert_ports) {
    const auto called = [&](const Port& port) { return port.name == name; };
    if (std::none_of(graph.inputs.begin(), graph.inputs.end(), called) &&
        std::none_of(graph.outputs.begin(), graph.outputs.end(), called)) {
      return usage_error("the model has no input or output '" + name + "'", "E-PRECISION-PORT");
    }
  }
  return {};
}

/// Captured constants that their bodies read in the new type only: they cross the border in it.
using LowCaptures = std::map<const Graph*, std::set<std::size_t>>;

/// Changes one graph. What enters and leaves a body by its formal ports stays float32.
class PrecisionChange {
 public:
  PrecisionChange(Graph& graph, std::size_t place, const PrecisionOptions& options)
      : graph_(graph),
        place_(place),
        is_main_(place == 0),
        options_(options),
        lowered_(graph.node_capacity(), false),
        keeps_exact_(graph.node_capacity(), false),
        captured_(graph.captures.begin(), graph.captures.end()) {}

  Result<void> decide_all() {
    VERNIER_ASSIGN(order_, graph_.topological_order());
    for (const NodeId id : order_) VERNIER_TRY(decide(id));
    if (!options_.exact.empty()) join_islands();
    return {};
  }

  /// What bodies take from this graph, and what this body takes from outside; bodies come first.
  void agree(LowCaptures& captures) {
    for (const NodeId id : order_) {
      const Node& node = graph_.node(id);
      for (std::size_t k = 0; k < node.captured; ++k) {
        const bool all = std::all_of(node.subgraphs.begin(), node.subgraphs.end(), [&](auto& body) {
          return body->captures[k] == ValueId::none || captures[body.get()].count(k) != 0;
        });
        if (all) {
          border_slots_.insert({id, node.formal_input_count() + k});
        } else {
          for (const GraphPtr& body : node.subgraphs) captures[body.get()].erase(k);
        }
      }
    }
    for (std::size_t k = 0; k < graph_.captures.size(); ++k) {
      if (wants_low(graph_.captures[k])) captures[&graph_].insert(k);
    }
  }

  Result<PrecisionReport> rewrite(const LowCaptures& captures) {
    const auto mine = captures.find(&graph_);
    const bool stores =
        std::find(keeps_exact_.begin(), keeps_exact_.end(), true) != keeps_exact_.end();
    if (report_.converted == 0 && border_slots_.empty() && !stores) return std::move(report_);
    low_.assign(graph_.value_count(), false);
    if (mine != captures.end()) {
      for (const std::size_t k : mine->second) {
        low_[index_of(graph_.captures[k])] = true;
        graph_.drop_constant(graph_.captures[k]);
      }
    }
    VERNIER_TRY(rewrite_slots());
    return std::move(report_);
  }

 private:
  /// Whether a captured constant is read in the new type by all that read it here.
  [[nodiscard]] bool wants_low(ValueId id) const {
    if (id == ValueId::none || !graph_.is_constant(id) || !is_float(id)) return false;
    if (graph_.is_output(id) || graph_.uses(id).empty()) return false;
    for (const NodeId user : graph_.uses(id)) {
      const Node& node = graph_.node(user);
      for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
        if (node.inputs[slot] == id && !is_low_slot(user, slot)) return false;
      }
    }
    return true;
  }
  [[nodiscard]] bool is_low_slot(NodeId id, std::size_t slot) const {
    return (lowered_[index_of(id)] && reads_low(graph_.node(id), slot)) ||
           border_slots_.count({id, slot}) != 0;
  }

  [[nodiscard]] bool is_float(ValueId id) const {
    if (id == ValueId::none) return false;
    const ValueType& type = graph_.value(id).type;
    return type.kind == ValueType::Kind::tensor && type.dtype == DType::float32;
  }
  [[nodiscard]] bool allows(const Node& node, bool is_output, std::size_t port) const {
    return !options_.allows || options_.allows(node, is_output, port, options_.to);
  }
  /// Whether this input slot of a lowered node reads the new type.
  [[nodiscard]] bool reads_low(const Node& node, std::size_t slot) const {
    return slot < node.formal_input_count() && is_float(node.inputs[slot]) &&
           allows(node, false, slot);
  }

  [[nodiscard]] Reason why_not(const Node& node) const {
    if (among(options_.keep, node.name) || among(options_.keep, node.op->name))
      return Reason::other("asked for");
    if (!node.op->domain.empty()) return Reason::other("not an operator of ai.onnx");
    if (node.op->traits.has_subgraph)
      return Reason::other("it owns bodies, whose ports stay float32");
    if (among(kPositional, node.op->name))
      return Reason::other("its numbers are positions or counts");
    if (among(kSources, node.op->name))
      return Reason::other("it makes numbers of a type of its own");
    if (among(kQuantizing, node.op->name)) return Reason::other("it belongs to a quantized part");
    if (touches_exact(node)) {
      return {Trouble::exact, "rounding what it reads or makes costs too much accuracy"};
    }
    bool reads = false;
    bool can = false;
    for (std::size_t i = 0; i < node.formal_input_count(); ++i) {
      reads = reads || is_float(node.inputs[i]);
      can = can || reads_low(node, i);
    }
    if (reads && !can) return Reason::other("the standard has no such type for it");
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (is_float(node.outputs[i]) && !allows(node, true, i)) {
        return Reason::other("the standard has no such type for it");
      }
    }
    if (node.is("Cast") && !is_float(node.outputs[0]))
      return Reason::other("it casts float32 to another type");
    if (options_.to == DType::float16) {
      if (auto reason = runtime_trouble(graph_, node); !reason.empty()) return reason;
    }
    return range_trouble(node);
  }

  [[nodiscard]] bool is_exact(ValueId id) const { return options_.exact.count({place_, id}) != 0; }
  [[nodiscard]] bool touches_exact(const Node& node) const {
    const auto exact = [&](ValueId id) { return is_exact(id); };
    return std::any_of(node.inputs.begin(), node.inputs.end(), exact) ||
           std::any_of(node.outputs.begin(), node.outputs.end(), exact);
  }

  /// Whether a constant that a node reads as float32 is stored in the new type, with a Cast.
  [[nodiscard]] bool stores_low(NodeId id, ValueId input) const {
    return keeps_exact_[index_of(id)] && graph_.is_constant(input) && is_float(input) &&
           !is_exact(input) && captured_.count(input) == 0 &&
           graph_.value(input).constant->element_count() >= kWorthACast &&
           trouble_of(input).empty();
  }

  [[nodiscard]] Reason range_trouble(const Node& node) const {
    for (std::size_t i = 0; i < node.formal_input_count(); ++i) {
      if (!reads_low(node, i)) continue;
      auto reason = value_trouble(node.inputs[i]);
      const bool tiny = reason.kind == Trouble::tiny &&
                        graph_.value(node.inputs[i]).constant->element_count() > 1;
      if (tiny && only_added(node, i)) continue;
      if (!reason.empty()) return reason;
    }
    for (const ValueId id : node.outputs) {
      if (!is_float(id)) continue;
      if (auto reason = value_trouble(id); !reason.empty()) return reason;
    }
    return inner_trouble(node);
  }

  [[nodiscard]] const Reason& trouble_of(ValueId id) const {
    const auto known = constants_.find(id);
    if (known != constants_.end()) return known->second;
    return constants_.emplace(id, constant_trouble(*graph_.value(id).constant, options_.to))
        .first->second;
  }

  [[nodiscard]] Reason value_trouble(ValueId id) const {
    const Value& value = graph_.value(id);
    if (value.constant) {
      const Reason& reason = trouble_of(id);
      if (reason.empty()) return reason;
      return {reason.kind, "the constant '" + value.name + "' " + reason.text};
    }
    const auto seen = options_.ranges.find(id);
    if (!is_main_ || seen == options_.ranges.end()) return {};
    const float reach = seen->second.max_abs;
    if (!seen->second.finite) return Reason::other("'" + value.name + "' is not finite");
    if (reach > kHalfLimit) {
      return Reason::other("'" + value.name + "' reaches " + std::to_string(reach));
    }
    if (reach > 0.0F && reach < kLeastNormalHalf) {
      return Reason::other("'" + value.name + "' stays below 6.1e-5");
    }
    return {};
  }

  /// Sums and squares inside an operator, which an engine may keep in the type of its operands.
  [[nodiscard]] Reason inner_trouble(const Node& node) const {
    constexpr std::array<std::string_view, 4> kSums = {"ReduceSum", "ReduceMean", "ReduceL1",
                                                       "GlobalAveragePool"};
    constexpr std::array<std::string_view, 8> kSquares = {"ReduceL2",
                                                          "ReduceSumSquare",
                                                          "LayerNormalization",
                                                          "InstanceNormalization",
                                                          "GroupNormalization",
                                                          "LpNormalization",
                                                          "MeanVarianceNormalization",
                                                          "RMSNormalization"};
    const bool sums = among(kSums, node.op->name);
    const bool squares = among(kSquares, node.op->name);
    if (options_.to == DType::bfloat16) {
      constexpr std::array<std::string_view, 4> kMore = {"ReduceLogSum", "ReduceLogSumExp",
                                                         "Softmax", "LogSoftmax"};
      const bool adds = sums || squares || among(kMore, node.op->name);
      return adds ? sum_trouble(node) : Reason();
    }
    if (!sums && !squares) return {};
    const auto seen = options_.ranges.find(node.inputs[0]);
    if (!is_main_ || seen == options_.ranges.end()) return {};
    const float x = seen->second.max_abs;
    const auto reduced =
        static_cast<float>(std::max<std::int64_t>(1, reduced_elements(graph_, node)));
    const float reach =
        squares ? x * x * (node.op->name.starts_with("Reduce") ? reduced : 1.0F) : x * reduced;
    if (reach <= kLargestHalf) return {};
    return Reason::other(std::string(squares ? "squares" : "sums") + " inside it may reach " +
                         std::to_string(reach));
  }

  /// A bfloat16 sum of n like numbers, added up one by one, stops growing at n = 256.
  [[nodiscard]] Reason sum_trouble(const Node& node) const {
    constexpr std::int64_t kFew = 16;
    constexpr std::array<std::string_view, 3> kInFloat = {
        // by the standard: stash_type
        "LayerNormalization", "GroupNormalization", "RMSNormalization"};
    if (among(kInFloat, node.op->name)) return {};
    const std::int64_t count = summed_elements(graph_, node);
    if (count > 0 && count <= kFew) return {};
    return Reason::other("sums of " + (count > 0 ? std::to_string(count) : std::string("many")) +
                         " elements need more bits while they are added up");
  }

  Result<void> decide(NodeId id) {
    const Node& node = graph_.node(id);
    bool floats = false;
    for (const ValueId input : node.inputs) floats = floats || is_float(input);
    for (const ValueId output : node.outputs) floats = floats || is_float(output);
    if (!floats) return {};
    if (auto reason = why_not(node); !reason.empty()) {
      keeps_exact_[index_of(id)] = reason.kind == Trouble::exact;
      report_.kept.push_back(
          {node.name, std::string(node.op->name), std::move(reason.text), place_, id});
      return {};
    }
    lowered_[index_of(id)] = true;
    ++report_.converted;
    return {};
  }

  /// Small groups of converted nodes beside nodes that compute in float32 for accuracy join them:
  /// each border that is left out is one rounding less.
  void join_islands() {
    std::vector<bool> seen(lowered_.size(), false);
    for (const NodeId first : order_) {
      if (!lowered_[index_of(first)] || seen[index_of(first)]) continue;
      std::vector<NodeId> island = {first};
      seen[index_of(first)] = true;
      bool beside = false;
      for (std::size_t i = 0; i < island.size(); ++i) {
        for (const NodeId next : neighbours(island[i])) {
          beside = beside || keeps_exact_[index_of(next)];
          if (!lowered_[index_of(next)] || seen[index_of(next)]) continue;
          seen[index_of(next)] = true;
          island.push_back(next);
        }
      }
      if (!beside || island.size() > kSmallIsland) continue;
      for (const NodeId id : island) {
        const Node& node = graph_.node(id);
        lowered_[index_of(id)] = false;
        keeps_exact_[index_of(id)] = true;
        --report_.converted;
        report_.kept.push_back({node.name, std::string(node.op->name), kBetween, place_, id});
      }
    }
  }

  /// Nodes that pass floats to this one or take them from it.
  [[nodiscard]] std::vector<NodeId> neighbours(NodeId id) const {
    const Node& node = graph_.node(id);
    std::vector<NodeId> all;
    for (const ValueId input : node.inputs) {
      if (!is_float(input) || graph_.is_constant(input)) continue;
      const NodeId maker = graph_.value(input).producer;
      if (maker != NodeId::none) all.push_back(maker);
    }
    for (const ValueId output : node.outputs) {
      if (!is_float(output)) continue;
      all.insert(all.end(), graph_.uses(output).begin(), graph_.uses(output).end());
    }
    return all;
  }

  [[nodiscard]] bool converts_port(const std::string& name) const {
    return is_main_ && (options_.convert_all_ports || among(options_.convert_ports, name));
  }

  Result<void> rewrite_slots() {
    for (const Port& port : graph_.inputs) {
      if (is_float(port.value) && converts_port(port.name)) low_[index_of(port.value)] = true;
    }
    for (const NodeId id : order_) {
      if (!lowered_[index_of(id)]) continue;
      for (const ValueId output : graph_.node(id).outputs) {
        if (is_float(output)) low_[index_of(output)] = true;
      }
    }
    // All decisions read types, so those change last.
    std::vector<std::pair<NodeId, std::size_t>> low_slots;
    std::vector<std::pair<NodeId, std::size_t>> wide_slots;
    for (const NodeId id : order_) {
      const Node& node = graph_.node(id);
      for (std::size_t slot = 0; slot < node.inputs.size(); ++slot) {
        if (!is_float(node.inputs[slot])) continue;
        (is_low_slot(id, slot) ? low_slots : wide_slots).emplace_back(id, slot);
      }
    }
    for (const auto& [id, slot] : low_slots) {
      VERNIER_ASSIGN(const ValueId to, as_low(graph_.node(id).inputs[slot]));
      graph_.set_input(id, slot, to);
    }
    for (const auto& [id, slot] : wide_slots) {
      ValueId from = graph_.node(id).inputs[slot];
      if (stores_low(id, from)) {
        VERNIER_ASSIGN(from, as_low(from));
      } else if (!low_[index_of(from)]) {
        continue;
      }
      VERNIER_ASSIGN(const ValueId to, cast(from, DType::float32));
      graph_.set_input(id, slot, to);
    }
    VERNIER_TRY(rewrite_outputs());
    for (const NodeId id : order_) {
      if (lowered_[index_of(id)] && graph_.node(id).is("Cast")) VERNIER_TRY(retarget_cast(id));
    }
    hand_names_over();
    for (std::size_t i = 0; i < low_.size(); ++i) {
      if (low_[i]) retype(static_cast<ValueId>(i), options_.to);
    }
    return {};
  }

  void retype(ValueId id, DType dtype) {
    ValueType type = graph_.value(id).type;
    type.dtype = dtype;
    graph_.set_type(id, std::move(type));
  }

  /// The value that holds `id` in the new type.
  Result<ValueId> as_low(ValueId id) {
    if (index_of(id) < low_.size() && low_[index_of(id)]) return id;
    if (!graph_.is_constant(id) || captured_.count(id) != 0) return cast(id, options_.to);
    const auto known = casts_.find({id, options_.to});
    if (known != casts_.end()) return known->second;
    std::string name = graph_.value(id).name + suffix(options_.to);
    Tensor tensor = *graph_.value(id).constant;
    if (!is_main_) {  // bodies are small, and the list is the main graph's
      VERNIER_ASSIGN(tensor, cast_tensor(tensor, options_.to));
    }
    const ValueId stored = graph_.add_constant(std::move(name), std::move(tensor));
    retype(stored, options_.to);
    if (is_main_) report_.stored_as[stored] = options_.to;
    ++report_.constants;
    casts_[{id, options_.to}] = stored;
    return stored;
  }

  /// Names are a good part of small files; the exporter makes them unique.
  static std::string last_part(const std::string& name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos || slash + 1 == name.size() ? name : name.substr(slash + 1);
  }

  /// A constant that nobody reads in float32 any more leaves its name to the one in its place.
  void hand_names_over() {
    for (const auto& [from, to] : casts_) {
      if (!graph_.is_constant(to) || !graph_.uses(from.first).empty()) continue;
      if (graph_.is_output(from.first) || captured_.count(from.first) != 0) continue;
      const std::string name = graph_.value(from.first).name;
      graph_.rename(from.first, graph_.value(to).name);
      graph_.rename(to, name);
    }
  }

  static std::string suffix(DType dtype) {
    return dtype == DType::float16 ? "_fp16" : dtype == DType::bfloat16 ? "_bf16" : "_fp32";
  }

  Result<ValueId> cast(ValueId id, DType to) {
    const auto known = casts_.find({id, to});
    if (known != casts_.end()) return known->second;
    ValueType type = graph_.value(id).type;
    type.dtype = to;
    const ValueId out =
        graph_.add_value(last_part(graph_.value(id).name) + suffix(to), std::move(type));
    VERNIER_ASSIGN(Node node,
                   make_node(&cast_op, {}, opset(), {id}, {{"to", static_cast<std::int64_t>(to)}}));
    node.outputs = {out};
    graph_.add_node(std::move(node));
    ++report_.casts;
    casts_[{id, to}] = out;
    return out;
  }

  [[nodiscard]] int opset() const {
    for (std::size_t i = 0; i < graph_.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (graph_.alive(id) && graph_.node(id).op->domain.empty()) return graph_.node(id).opset;
    }
    return cast_op.since_version;
  }

  /// An output that stays float32 keeps its name; the value behind it gets another.
  Result<void> rewrite_outputs() {
    for (Port& port : graph_.outputs) {
      if (!is_float(port.value)) continue;
      const bool wanted = converts_port(port.name);
      const bool low = index_of(port.value) < low_.size() && low_[index_of(port.value)];
      if (wanted == low) continue;
      const ValueId from = port.value;
      VERNIER_ASSIGN(port.value, wanted ? as_low(from) : cast(from, DType::float32));
      const std::string inner = graph_.value(port.value).name;
      graph_.rename(port.value, port.name);
      graph_.rename(from, inner == port.name ? inner + suffix(options_.to) : inner);
    }
    return {};
  }

  /// A Cast to float32 makes the new type instead.
  Result<void> retarget_cast(NodeId id) {
    Node& node = graph_.mutable_node(id);
    std::vector<Attribute> attributes = node.attributes;
    std::erase_if(attributes, [](const Attribute& a) { return a.name == "to"; });
    attributes.push_back({"to", static_cast<std::int64_t>(options_.to)});
    VERNIER_ASSIGN(const Node made,
                   make_node(node.op, node.name, node.opset, {node.inputs[0]}, attributes));
    node.attributes = std::move(attributes);
    node.parameters = made.parameters;
    return {};
  }

  Graph& graph_;
  std::size_t place_;  ///< in all_graphs
  bool is_main_;
  const PrecisionOptions& options_;
  std::vector<NodeId> order_;
  std::vector<bool> lowered_;      ///< by NodeId
  std::vector<bool> keeps_exact_;  ///< by NodeId: float32 because of a value of options_.exact
  std::set<ValueId> captured_;
  std::set<std::pair<NodeId, std::size_t>> border_slots_;  ///< captured constants that bodies want
  std::vector<bool> low_;                                  ///< by ValueId: made in the new type
  std::map<std::pair<ValueId, DType>, ValueId> casts_;
  mutable std::map<ValueId, Reason> constants_;
  PrecisionReport report_;
};

}  // namespace

Result<Tensor> round_tensor(const Tensor& tensor, DType to) {
  VERNIER_ASSIGN(const Tensor low, cast_tensor(tensor, to));
  return cast_tensor(low, DType::float32);
}

Result<PrecisionReport> change_precision(Graph& graph, const PrecisionOptions& options) {
  if (options.to != DType::float16 && options.to != DType::bfloat16) {
    return usage_error("float32 graphs turn into float16 or bfloat16", "E-PRECISION-TYPE");
  }
  VERNIER_TRY(check_names(graph, options));
  clone_bodies(graph);
  const std::vector<Graph*> graphs = all_graphs(graph);
  std::vector<PrecisionChange> changes;
  changes.reserve(graphs.size());
  for (Graph* part : graphs) changes.emplace_back(*part, changes.size(), options);
  for (PrecisionChange& change : changes) VERNIER_TRY(change.decide_all());
  LowCaptures captures;
  for (std::size_t i = changes.size(); i-- > 0;) changes[i].agree(captures);
  PrecisionReport all;
  for (PrecisionChange& change : changes) {
    VERNIER_ASSIGN(PrecisionReport done, change.rewrite(captures));
    all.converted += done.converted;
    all.casts += done.casts;
    all.constants += done.constants;
    all.kept.insert(all.kept.end(), done.kept.begin(), done.kept.end());
    all.stored_as.insert(done.stored_as.begin(), done.stored_as.end());
  }
  return all;
}

}  // namespace vernier
