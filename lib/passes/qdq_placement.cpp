#include "passes/qdq_placement.h"

#include <algorithm>
#include <map>
#include <set>

#include "passes/pattern.h"
#include "passes/quant_pattern.h"
#include "passes/useful_range.h"

namespace vernier {
namespace {

bool one_of(const Node& node, std::initializer_list<std::string_view> names) {
  if (!node.op->domain.empty()) return false;
  return std::find(names.begin(), names.end(), node.op->name) != names.end();
}

/// Outputs are inputs moved or picked: the same integers serve.
bool moves_values(const Node& node) {
  return one_of(
      node, {"MaxPool", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split",
             "Resize", "Gather", "Expand", "Tile", "DepthToSpace", "SpaceToDepth", "Identity"});
}

/// Functions of one tensor that run in float between DQ and Q, or by table.
bool is_unary(const Node& node) {
  return one_of(node, {"Relu", "Clip", "HardSwish", "HardSigmoid", "Sigmoid", "Tanh", "Gelu", "Erf",
                       "Elu", "LeakyRelu", "PRelu", "Swish", "Softplus", "Mish", "ReduceMean"});
}

enum class State : std::uint8_t { outside, integer, moves, island, plain_float };

class Placer {
 public:
  Placer(const Graph& graph, const QuantTarget& target, std::set<std::string> excluded)
      : graph_(graph),
        target_(target),
        excluded_(std::move(excluded)),
        states_(graph.node_capacity(), State::outside),
        leads_on_(graph.node_capacity(), false),
        from_integers_(graph.value_count(), false),
        wanted_(graph.value_count(), false),
        symmetric_(graph.value_count(), false) {}

  Result<QdqPlacement> run() {
    VERNIER_ASSIGN(order_, graph_.topological_order());
    find_tails();
    for (const NodeId id : order_) decide(id);
    for (const NodeId id : order_) want(id);
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) want_through(*id);
    collect();
    return std::move(placement_);
  }

 private:
  [[nodiscard]] const Node& node(NodeId id) const { return graph_.node(id); }
  [[nodiscard]] bool is_real(ValueId id) const {
    return id != ValueId::none && graph_.value(id).type.dtype == DType::float32;
  }
  [[nodiscard]] bool is_constant(ValueId id) const { return graph_.is_constant(id); }

  /// Conv, Gemm or MatMul with a weight that can become integers; the reason otherwise.
  [[nodiscard]] std::string weight_problem(const Node& n) const {
    if (!is_real(n.inputs[0]) || !is_real(n.inputs[1])) return "its type is not float";
    if (is_constant(n.inputs[0])) return "its input is constant";
    if (!is_constant(n.inputs[1])) return "both operands are activations";
    const Shape& shape = graph_.value(n.inputs[1]).constant->shape();
    if (element_count(shape) < kLeastWeightElements) return "its weight is small";
    const ValueId bias = input_of(n, 2);
    if (bias != ValueId::none && !is_constant(bias)) return "its bias is not constant";
    if (n.is("MatMul")) return shape.size() == 2 ? "" : "its weight is not a matrix";
    if (n.is("ConvTranspose") && int_attribute(n, "group", 1) != 1) return "it has several groups";
    if (is_convolution(n)) return "";
    if (!is_plain_gemm(n)) return "its alpha, beta or transA has no integer form";
    const std::int64_t columns = shape[int_attribute(n, "transB", 0) != 0 ? 0 : 1];
    const bool by_column =
        bias == ValueId::none || graph_.value(bias).constant->element_count() == columns;
    return by_column ? "" : "its bias is not one value a column";
  }

  /// Products whose weights can be integers for this target.
  [[nodiscard]] bool is_product(const Node& n) const {
    return is_weighted(n) && (target_.integer_deconvolution || !n.is("ConvTranspose"));
  }
  [[nodiscard]] bool is_heavy(const Node& n) const {
    return is_product(n) && weight_problem(n).empty();
  }
  /// A product of two activations whose operands integer products made.
  [[nodiscard]] bool multiplies_activations(const Node& n) const {
    if (!target_.integer_activation_products || !n.is("MatMul")) return false;
    return std::all_of(n.inputs.begin(), n.inputs.end(),
                       [&](ValueId id) { return is_real(id) && made_by_product(id); });
  }
  /// By a weighted integer product, through sums and products with constants and what moves values.
  [[nodiscard]] bool made_by_product(ValueId id) const {
    constexpr int kLongestWay = 16;
    for (int step = 0; step < kLongestWay; ++step) {
      const NodeId maker = graph_.value(id).producer;
      if (maker == NodeId::none) return false;
      const Node& n = node(maker);
      if (states_[index_of(maker)] == State::integer && is_heavy(n)) return true;
      if (one_of(n, {"Add", "Mul", "Sub", "Div"}) && is_constant_chain(n)) {
        id = n.inputs[is_constant(n.inputs[0]) ? 1 : 0];
      } else if (moves_values(n)) {
        id = n.inputs[0];
      } else {
        return false;
      }
    }
    return false;
  }

  /// Nodes behind which no heavy operator follows are the model's tail.
  void find_tails() {
    for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
      for (const ValueId output : node(*id).outputs) {
        if (output == ValueId::none) continue;
        for (const NodeId reader : graph_.uses(output)) {
          if (leads_on_[index_of(reader)] || is_heavy(node(reader)))
            leads_on_[index_of(*id)] = true;
        }
      }
    }
  }

  /// The output once a Relu or Clip that follows alone has been applied (it becomes part of Q), or
  /// all that the target fuses.
  [[nodiscard]] ValueId fused_output(const Node& n) const {
    constexpr int kMostFused = 8;
    const bool any = target_.fuses_activations && is_product(n);
    ValueId output = n.outputs[0];
    for (int i = 0; i < (any ? kMostFused : 1); ++i) {
      if (const auto silu = silu_of(output); any && silu) {
        output = *silu;
        continue;
      }
      if (!graph_.has_single_use(output)) return output;
      const Node& reader = node(graph_.uses(output)[0]);
      if (excluded_.count(reader.name) != 0) return output;
      if (!clips_at_zero(graph_, reader) && !(any && joins(reader))) return output;
      output = reader.outputs[0];
    }
    return output;
  }
  /// Whether a target that fuses more than Relu and Clip fuses this.
  [[nodiscard]] bool joins(const Node& n) const {
    return one_of(n,
                  {"HardSwish", "Sigmoid", "Tanh", "Gelu", "Elu", "LeakyRelu", "Swish", "Mish"}) ||
           (one_of(n, {"Add", "Mul"}) && is_constant_chain(n));
  }
  /// x * Sigmoid(x) where nothing else reads either.
  [[nodiscard]] std::optional<ValueId> silu_of(ValueId x) const {
    const auto readers = graph_.uses(x);
    if (readers.size() != 2 || graph_.is_output(x)) return std::nullopt;
    for (std::size_t i = 0; i < 2; ++i) {
      const Node& sigmoid = node(readers[i]);
      const Node& product = node(readers[1 - i]);
      if (!sigmoid.is("Sigmoid") || !product.is("Mul")) continue;
      if (excluded_.count(sigmoid.name) + excluded_.count(product.name) > 0) continue;
      if (!graph_.has_single_use(sigmoid.outputs[0])) continue;
      if (product.inputs[0] == sigmoid.outputs[0] || product.inputs[1] == sigmoid.outputs[0]) {
        return product.outputs[0];
      }
    }
    return std::nullopt;
  }

  void stay_float(NodeId id, std::string reason) {
    states_[index_of(id)] = State::plain_float;
    const Node& n = node(id);
    placement_.floats.push_back({n.name, std::string(n.op->name), std::move(reason)});
  }

  void make_integer(NodeId id) {
    states_[index_of(id)] = State::integer;
    from_integers_[index_of(node(id).outputs[0])] = true;
    from_integers_[index_of(fused_output(node(id)))] = true;
  }

  void pass_on(NodeId id, State state) {
    states_[index_of(id)] = state;
    for (const ValueId output : node(id).outputs) {
      if (output != ValueId::none) from_integers_[index_of(output)] = true;
    }
  }

  /// Every operand is a constant or comes from integers, and at least one does.
  [[nodiscard]] bool operands_are_integers(const Node& n) const {
    bool any = false;
    for (const ValueId input : n.inputs) {
      if (!is_real(input)) return false;
      if (is_constant(input)) continue;
      if (!from_integers_[index_of(input)]) return false;
      any = true;
    }
    return any;
  }

  void decide(NodeId id) {
    const Node& n = node(id);
    if (!n.op->domain.empty() || n.outputs.empty() || !is_real(n.outputs[0])) return;
    const bool weighted = is_weighted(n);
    if (weighted) ++placement_.candidates;
    if (excluded_.count(n.name) != 0) return stay_float(id, "excluded by request");
    if (weighted) return decide_weighted(id);
    const bool arithmetic = one_of(n, {"Add", "Mul"});
    const bool pool = one_of(n, {"GlobalAveragePool", "AveragePool"});
    if (n.inputs.empty()) return;
    const bool fed = n.inputs[0] != ValueId::none && from_integers_[index_of(n.inputs[0])];
    if (moves_values(n)) {
      if (!is_constant(n.inputs[0]) && is_real(n.inputs[0])) {
        states_[index_of(id)] = State::moves;
        if (fed) pass_on(id, State::moves);
      }
      return;
    }
    const bool chain = is_unary(n) || (arithmetic && is_constant_chain(n)) || is_gate(n);
    if (!arithmetic && !pool && !n.is("Concat") && !chain) {
      if (fed) stay_float(id, "no integer form of the operator");
      return;
    }
    const bool ready = arithmetic || n.is("Concat") ? operands_are_integers(n) : fed;
    if (!ready) {
      const bool any = std::any_of(n.inputs.begin(), n.inputs.end(), [&](ValueId input) {
        return input != ValueId::none && from_integers_[index_of(input)];
      });
      if (any) stay_float(id, "an operand comes from a float operator");
      return;
    }
    if (!leads_on_[index_of(id)]) {
      return stay_float(id, "behind the last convolution or matrix product (head)");
    }
    decide_ready(id, chain);
  }

  /// A convolution of one pixel behind a global pool: it makes the factors of a squeeze-and-excite
  /// gate. The work is nothing, and its rounding scales whole channels.
  [[nodiscard]] bool works_on_one_pixel(const Node& n) const {
    if (!n.is("Conv")) return false;
    return is_one_pixel(graph_.value(n.inputs[0]).type);
  }
  [[nodiscard]] bool feeds_a_gate(const Node& n) const {
    const auto readers = graph_.uses(n.outputs[0]);
    return averages_all_pixels(graph_, n) && !readers.empty() &&
           std::all_of(readers.begin(), readers.end(), [&](NodeId reader) {
             const bool convolves = !target_.integer_gates && works_on_one_pixel(node(reader));
             return convolves || scales_one_pixel(node(reader));
           });
  }
  /// The product of a gate with what a float activation made.
  [[nodiscard]] bool gates_in_float(const Node& n) const {
    if (!target_.integer_gates || !n.is("Mul") || is_constant_chain(n)) return false;
    for (std::size_t side = 0; side < 2; ++side) {
      const NodeId maker = graph_.value(n.inputs[1 - side]).producer;
      if (maker != NodeId::none && states_[index_of(maker)] == State::island &&
          is_one_pixel(graph_.value(n.inputs[side]).type)) {
        return true;
      }
    }
    return false;
  }
  /// A constant row on a gate.
  [[nodiscard]] bool scales_one_pixel(const Node& n) const {
    if (!n.is("Mul") || !is_constant_chain(n)) return false;
    const Node* gate = producer_of(graph_, n.inputs[is_constant(n.inputs[0]) ? 1 : 0]);
    const bool in_float = gate != nullptr && (is_unary(*gate) || gate->is("GlobalAveragePool"));
    return in_float && is_one_pixel(graph_.value(n.outputs[0]).type);
  }
  void pass_on_in_float(NodeId id) {
    const auto readers = graph_.uses(node(id).outputs[0]);
    const bool scaled = std::any_of(readers.begin(), readers.end(),
                                    [&](NodeId reader) { return scales_one_pixel(node(reader)); });
    stay_float(id, scaled ? "its channels are scaled before they are rounded"
                          : "one pixel of a gate: its rounding would scale whole channels");
    pass_on(id, State::island);
  }

  void decide_ready(NodeId id, bool chain) {
    const Node& n = node(id);
    if (is_fused_clip(n)) return pass_on(id, State::outside);
    if (feeds_a_gate(n)) return pass_on_in_float(id);
    if (scales_one_pixel(n) || gates_in_float(n)) return pass_on(id, State::island);
    const bool integer_unary = n.is("Sigmoid") || n.is("LeakyRelu");
    const bool integer = !chain || (target_.integer_chains && (!is_unary(n) || integer_unary));
    if (!integer) {
      pass_on(id, State::island);
      return;
    }
    if (target_.quantized_outputs && graph_.is_output(fused_output(n))) {
      return stay_float(id, "its output leaves the model");
    }
    make_integer(id);
  }

  /// Part of the Q behind its producer already.
  [[nodiscard]] bool is_fused_clip(const Node& n) const {
    if (!clips_at_zero(graph_, n)) return false;
    const Node* producer = producer_of(graph_, n.inputs[0]);
    return producer != nullptr &&
           states_[index_of(graph_.value(n.inputs[0]).producer)] == State::integer &&
           fused_output(*producer) == n.outputs[0];
  }

  /// Add or Mul with a constant.
  [[nodiscard]] bool is_constant_chain(const Node& n) const {
    return is_constant(n.inputs[0]) || is_constant(n.inputs[1]);
  }
  /// x * Sigmoid(x) and its like: both operands follow from one value.
  [[nodiscard]] bool is_gate(const Node& n) const {
    if (target_.integer_chains || !n.is("Mul")) return false;
    for (std::size_t side = 0; side < 2; ++side) {
      const Node* gate = producer_of(graph_, n.inputs[side]);
      if (gate != nullptr && is_unary(*gate) && gate->inputs[0] == n.inputs[1 - side]) return true;
    }
    return false;
  }

  void decide_weighted(NodeId id) {
    const Node& n = node(id);
    if (!is_product(n)) return stay_float(id, "no integer form of the operator");
    if (multiplies_activations(n)) {
      ++placement_.quantized;
      states_[index_of(id)] = State::integer;
      return;
    }
    if (std::string problem = weight_problem(n); !problem.empty()) {
      return stay_float(id, std::move(problem));
    }
    const bool leaves = graph_.is_output(fused_output(n));
    if (target_.quantized_outputs && !target_.float_results && is_convolution(n) && leaves) {
      return stay_float(id, "its output leaves the model");
    }
    if (!target_.integer_gates && works_on_one_pixel(n) && leads_on_[index_of(id)] &&
        from_integers_[index_of(n.inputs[0])]) {
      return pass_on_in_float(id);
    }
    if (target_.float_narrow_convolutions && is_narrow(n) && leads_on_[index_of(id)]) {
      stay_float(id, "ONNX Runtime's float convolution of so few channels is faster");
      return pass_on(id, State::island);
    }
    ++placement_.quantized;
    states_[index_of(id)] = State::integer;
    // The others give floats where nothing asks for integers.
    if (is_convolution(n) && !leaves) make_integer(id);
  }

  /// Measured in ONNX Runtime 1.32 on Zen 4: integers are slower at up to three channels, a kernel
  /// of more than a pixel and up to this many weights, unless a MaxPool follows, which would not be
  /// of integers any more.
  [[nodiscard]] bool is_narrow(const Node& n) const {
    constexpr std::int64_t kMostWeights = 2048;
    constexpr std::int64_t kMostChannels = 3;
    if (!n.is("Conv") || int_attribute(n, "group", 1) != 1) return false;
    const Shape& shape = graph_.value(n.inputs[1]).constant->shape();
    const std::int64_t weights = element_count(shape);
    const bool few = shape[1] <= kMostChannels && weights <= kMostWeights;
    if (!few || weights == shape[0] * shape[1]) return false;
    const auto readers = graph_.uses(fused_output(n));
    return std::none_of(readers.begin(), readers.end(),
                        [&](NodeId reader) { return node(reader).is("MaxPool"); });
  }

  [[nodiscard]] bool needs_quantized_output(const Node& n) const {
    return target_.quantized_outputs && !is_matrix_product(n);
  }

  void want(NodeId id) {
    const Node& n = node(id);
    if (states_[index_of(id)] != State::integer) return;
    const bool weighted = is_product(n);
    if (weighted && !is_heavy(n)) {
      for (const ValueId input : n.inputs) {
        wanted_[index_of(input)] = true;
        symmetric_[index_of(input)] = true;
      }
      return;
    }
    for (std::size_t i = 0; i < (weighted ? 1 : n.inputs.size()); ++i) {
      // In a residual sum TensorRT adds the float of a convolution to the other operand.
      const Node* producer = producer_of(graph_, n.inputs[i]);
      const bool inside = !target_.quantized_outputs && n.is("Add") && producer != nullptr &&
                          producer->is("Conv") && graph_.has_single_use(n.inputs[i]);
      if (!inside) wanted_[index_of(n.inputs[i])] = true;
    }
    const ValueId output = fused_output(n);
    const bool leaves = target_.float_results && graph_.is_output(output);
    if (needs_quantized_output(n) && !leaves) wanted_[index_of(output)] = true;
  }

  void want_through(NodeId id) {
    if (states_[index_of(id)] != State::moves) return;
    const Node& n = node(id);
    if (transposes_floats(n)) return;
    const bool any = std::any_of(n.outputs.begin(), n.outputs.end(), [&](ValueId output) {
      return output != ValueId::none && wanted_[index_of(output)] && !symmetric_[index_of(output)];
    });
    if (any) wanted_[index_of(n.inputs[0])] = true;
  }

  /// Moves floats, with a Transpose among what does, which the runtime does faster than with bytes.
  [[nodiscard]] bool transposes_floats(const Node& n) const {
    if (!target_.transposes_floats) return false;
    bool transposes = false;
    const Node* at = &n;
    while (true) {
      transposes = transposes || at->is("Transpose");
      const ValueId above = at->inputs[0];
      const NodeId producer = graph_.value(above).producer;
      if (producer == NodeId::none || from_integers_[index_of(above)]) return false;
      if (states_[index_of(producer)] != State::moves) return transposes;
      at = &node(producer);
    }
  }

  [[nodiscard]] std::optional<Range> fixed_range(ValueId id) const {
    const Node* producer = producer_of(graph_, id);
    if (producer == nullptr) return std::nullopt;
    if (one_of(*producer, {"Sigmoid", "HardSigmoid", "Softmax"})) return Range{0.0, 1.0};
    if (producer->is("Tanh")) return Range{-1.0, 1.0};
    return std::nullopt;
  }

  [[nodiscard]] ValueId root_of(ValueId id) const {
    while (!symmetric_[index_of(id)]) {
      const NodeId producer = graph_.value(id).producer;
      if (producer == NodeId::none || states_[index_of(producer)] != State::moves) return id;
      const ValueId above = node(producer).inputs[0];
      if (!wanted_[index_of(above)]) return id;
      id = above;
    }
    return id;
  }

  /// The same, and where parts of a Concat share its parameters the Concat's root; where the pair
  /// stands behind what moves values, what was moved.
  [[nodiscard]] ValueId shared_root_of(ValueId id) const {
    id = root_of(id);
    for (auto at = concat_of_.find(id); at != concat_of_.end(); at = concat_of_.find(id)) {
      id = at->second;
    }
    while (true) {
      const NodeId producer = graph_.value(id).producer;
      if (producer == NodeId::none || states_[index_of(producer)] != State::moves) return id;
      id = node(producer).inputs[0];
    }
  }

  /// What has no pair itself, but is the root of what has one.
  void find_bare_roots() {
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (!wanted_[i]) continue;
      const auto id = static_cast<ValueId>(i);
      const ValueId root = shared_root_of(id);
      if (!wanted_[index_of(root)]) bare_roots_.emplace(root, symmetric_[i]);
    }
  }

  /// A Concat holds all that its parts hold, so its range suits them. A part of two has the
  /// parameters of the first.
  void share_with_concats() {
    for (const NodeId id : order_) {
      const Node& n = node(id);
      if (!n.is("Concat") || states_[index_of(id)] != State::integer) continue;
      const ValueId whole = n.outputs[0];
      if (!wanted_[index_of(whole)]) continue;
      bool all = true;
      for (const ValueId input : n.inputs) {
        const ValueId part = root_of(input);
        if (is_constant(part) || fixed_range(part) || useful_range(graph_, part)) {
          all = false;
          continue;
        }
        all = concat_of_.emplace(part, whole).first->second == whole && all;
      }
      if (all) bare_concats_.insert(whole);
    }
  }

  void add_tensor(ValueId id) {
    if (id == ValueId::none) return;
    const auto bare = bare_roots_.find(id);
    const bool is_bare = bare != bare_roots_.end();
    if ((!wanted_[index_of(id)] && !is_bare) || !placed_.insert(id).second) return;
    // Where it passes through, the pair in front of what moves it is enough.
    if (target_.passes_through && root_of(id) != id) return;
    const ValueType& type = graph_.value(id).type;
    PlacedTensor tensor;
    tensor.value = id;
    tensor.inserted = !is_bare && bare_concats_.count(id) == 0;
    tensor.root = shared_root_of(id);
    tensor.fixed = fixed_range(id);
    tensor.useful = useful_range(graph_, id);
    tensor.symmetric = is_bare ? bare->second : symmetric_[index_of(id)];
    tensor.channel_axis = !type.ranked || type.rank() >= 4 ? 1 : static_cast<int>(type.rank()) - 1;
    tensor.channel_axis = std::max(tensor.channel_axis, 0);
    placement_.tensors.push_back(tensor);
  }

  /// A row that becomes integers itself, in a sum of integers, takes nothing up.
  [[nodiscard]] bool has_bias(NodeId id) const {
    const auto slot = bias_slot(graph_, id);
    if (!slot || slot->node == id) return slot.has_value();
    return !wanted_[index_of(node(slot->node).inputs[slot->slot])];
  }

  void collect() {
    if (target_.passes_through) share_with_concats();
    find_bare_roots();
    for (const Port& port : graph_.inputs) add_tensor(port.value);
    for (const NodeId id : order_) {
      const Node& n = node(id);
      for (const ValueId input : n.inputs) {
        if (input != ValueId::none && is_constant(input)) add_tensor(input);
      }
      for (const ValueId output : n.outputs) add_tensor(output);
      if (states_[index_of(id)] != State::integer) continue;
      placement_.integers.push_back(id);
      if (!is_heavy(n)) continue;
      PlacedWeight weight;
      weight.node = id;
      weight.input = n.inputs[0];
      weight.root = shared_root_of(n.inputs[0]);
      weight.output = n.outputs[0];
      weight.has_bias = has_bias(id);
      const auto rank = static_cast<int>(graph_.value(n.outputs[0]).type.rank());
      weight.channel_axis = is_convolution(n) ? 1 : std::max(rank - 1, 0);
      weight.axis = n.is("Conv") || int_attribute(n, "transB", 0) != 0 ? 0 : 1;
      placement_.weights.push_back(weight);
    }
  }

  const Graph& graph_;
  const QuantTarget& target_;
  std::set<std::string> excluded_;
  std::vector<NodeId> order_;
  std::vector<State> states_;             // per node
  std::vector<bool> leads_on_;            // per node: something heavy follows
  std::vector<bool> from_integers_;       // per value: an integer operator, or a chain behind one
  std::vector<bool> wanted_;              // per value: to be quantized
  std::vector<bool> symmetric_;           // per value: in a pair of its own with zero point 0
  std::map<ValueId, ValueId> concat_of_;  // a part's root -> the Concat whose parameters it has
  std::set<ValueId> bare_concats_;        // whose parts all do
  std::map<ValueId, bool> bare_roots_;    // whether what has it as root is symmetric
  std::set<ValueId> placed_;
  QdqPlacement placement_;
};

}  // namespace

void name_all_nodes(Graph& graph) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id)) continue;
    Node& node = graph.mutable_node(id);
    std::string name = node.name.empty() ? std::string(node.op->name) : node.name;
    for (int suffix = 1; !taken.insert(name).second; ++suffix) {
      name = (node.name.empty() ? std::string(node.op->name) : node.name) + "_" +
             std::to_string(suffix);
    }
    node.name = std::move(name);
  }
}

Result<QdqPlacement> place_qdq(const Graph& graph, const QuantTarget& target,
                               std::span<const std::string> exclude) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id)) names.insert(graph.node(id).name);
  }
  for (const std::string& name : exclude) {
    if (names.count(name) != 0) continue;
    return usage_error("there is no node '" + name + "' to be excluded", "E-QUANT-EXCLUDE");
  }
  return Placer(graph, target, {exclude.begin(), exclude.end()}).run();
}

}  // namespace vernier
