#include "passes/equalize_channels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "graph/edit.h"
#include "ops/registry.h"
#include "passes/fold_row.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

constexpr double kNarrowest = 1.0 / 64.0;  ///< of the widest; channels below are treated as that

/// Where a weight has its input and output channels, read as [outer][in][inner] per output channel.
struct WeightAxes {
  std::int64_t outputs = 0;
  std::int64_t inputs = 0;  ///< read by one output channel
  std::int64_t taps = 1;
  std::int64_t group = 1;
  bool outputs_first = true;

  [[nodiscard]] std::size_t index(std::int64_t o, std::int64_t i, std::int64_t t) const {
    return static_cast<std::size_t>(outputs_first ? (o * inputs + i) * taps + t : i * outputs + o);
  }
  /// The model's channel that input `i` of output channel `o` is.
  [[nodiscard]] std::size_t channel(std::int64_t o, std::int64_t i) const {
    return static_cast<std::size_t>(o / (outputs / group) * inputs + i);
  }
  [[nodiscard]] bool depthwise() const { return inputs == 1 && group > 1; }
};

WeightAxes axes_of(const Node& node, const Shape& shape) {
  WeightAxes axes;
  if (node.is("Conv")) {
    axes.outputs = shape[0];
    axes.inputs = shape[1];
    for (std::size_t i = 2; i < shape.size(); ++i) axes.taps *= shape[i];
    axes.group = int_attribute(node, "group", 1);
    return axes;
  }
  axes.outputs_first = int_attribute(node, "transB", 0) != 0;
  axes.outputs = shape[axes.outputs_first ? 0 : 1];
  axes.inputs = shape[axes.outputs_first ? 1 : 0];
  return axes;
}

/// [N, C]
bool is_row_a_sample(const ValueType& type) { return type.ranked && type.rank() == 2; }

class Equalizer {
 public:
  /// With `given`, extents are not asked for.
  Equalizer(Graph& graph, const ChannelExtents& extents, std::span<const ChannelFactors> given,
            const std::shared_ptr<MemoryBudget>& budget)
      : graph_(graph),
        extents_(extents),
        given_(given),
        budget_(budget),
        adder_(graph),
        parent_(graph.value_count()),
        blocked_(graph.value_count(), false),
        made_(graph.value_count(), false) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  Result<EqualizeReport> run() {
    VERNIER_ASSIGN(const auto order, graph_.topological_order());
    for (const NodeId id : order) tie(id);
    for (const NodeId id : order) {
      if (is_linear(id)) made_[find(index_of(graph_.node(id).outputs[0]))] = true;
    }
    for (Gated& gated : gated_) tie_gated(gated);
    for (const Port& port : graph_.inputs) block(port.value);
    for (const Port& port : graph_.outputs) block(port.value);
    std::map<std::size_t, Group> groups;
    for (const Gated& gated : gated_) {
      if (!gated.scalable) continue;
      groups[find(index_of(graph_.node(gated.node).outputs[0]))].gates.push_back(gated);
    }
    for (const NodeId id : order) {
      if (!is_linear(id)) continue;
      const Node& node = graph_.node(id);
      groups[find(index_of(node.inputs[0]))].readers.push_back(id);
      groups[find(index_of(node.outputs[0]))].makers.push_back(id);
    }
    for (std::size_t i = 0; i < graph_.value_count(); ++i) {
      const auto at = groups.find(find(i));
      if (at != groups.end()) at->second.values.push_back(static_cast<ValueId>(i));
    }
    for (auto& [root, group] : groups) {
      if (!blocked_[root]) VERNIER_TRY(scale(group));
    }
    for (const NodeId id : order) VERNIER_TRY(branch_off(id));
    return report_;
  }

 private:
  /// A product of [N, C, H, W] and one factor a channel, [N, C, 1, 1].
  struct Gated {
    NodeId node = NodeId::none;
    std::size_t gate = 0;   ///< operand
    bool scalable = false;  ///< by a row on the gate; else with what it multiplies
  };
  struct Group {
    std::vector<NodeId> makers;
    std::vector<NodeId> readers;
    std::vector<ValueId> values;
    std::vector<Gated> gates;  ///< products that make it
  };

  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void unite(ValueId a, ValueId b) {
    const std::size_t from = find(index_of(a));
    const std::size_t to = find(index_of(b));
    parent_[from] = to;
    blocked_[to] = blocked_[to] || blocked_[from];
    made_[to] = made_[to] || made_[from];
  }
  void block(ValueId id) {
    if (id != ValueId::none && !graph_.is_constant(id)) blocked_[find(index_of(id))] = true;
  }
  [[nodiscard]] bool blocked(ValueId id) { return blocked_[find(index_of(id))]; }

  /// Conv or plain Gemm whose constant float weight and bias are its own.
  [[nodiscard]] bool is_linear(NodeId id) const {
    const Node& n = graph_.node(id);
    if (!n.is("Conv") && !n.is("Gemm")) return false;
    for (std::size_t i = 1; i < n.inputs.size(); ++i) {
      const ValueId input = n.inputs[i];
      if (input == ValueId::none) continue;
      if (!graph_.is_constant(input) || !graph_.has_single_use(input) ||
          graph_.value(input).constant->dtype() != DType::float32) {
        return false;
      }
    }
    if (n.is("Conv")) return true;
    const ValueId bias = input_of(n, 2);
    const Shape& shape = graph_.value(n.inputs[1]).constant->shape();
    const std::int64_t columns = shape[int_attribute(n, "transB", 0) != 0 ? 0 : 1];
    return is_plain_gemm(n) &&
           (bias == ValueId::none || graph_.value(bias).constant->element_count() == columns);
  }

  /// [N, C, 1, 1] -> [N, C]
  [[nodiscard]] bool only_drops_ones(const Node& n) const {
    const ValueType& type = graph_.value(n.inputs[0]).type;
    const ValueType& after = graph_.value(n.outputs[0]).type;
    const bool small = is_row_a_sample(type) || is_one_pixel(type);
    return small && is_row_a_sample(after) && after.dims[1] == type.dims[1];
  }

  void tie(NodeId id) {
    const Node& n = graph_.node(id);
    if (is_linear(id)) return;
    const bool homogeneous = clips_at_zero(graph_, n) || n.is("MaxPool") ||
                             averages_all_pixels(graph_, n) || n.is("AveragePool") ||
                             n.is("LeakyRelu") || n.is("Identity") ||
                             (n.is("Flatten") && only_drops_ones(n));
    if (homogeneous) {
      unite(n.inputs[0], n.outputs[0]);
      return;
    }
    const bool sum = n.is("Add") && !graph_.is_constant(n.inputs[0]) &&
                     !graph_.is_constant(n.inputs[1]) &&
                     same_shape(graph_.value(n.inputs[0]).type, graph_.value(n.inputs[1]).type);
    if (sum) {
      unite(n.inputs[0], n.outputs[0]);
      unite(n.inputs[1], n.outputs[0]);
      return;
    }
    if (const auto gate = gate_of(n)) {
      gated_.push_back({id, *gate, false});
      block(n.inputs[*gate]);
      return;
    }
    for (const ValueId input : n.inputs) block(input);
    for (const ValueId output : n.outputs) block(output);
  }

  /// Which operand of a product is one factor a channel of the other.
  [[nodiscard]] std::optional<std::size_t> gate_of(const Node& n) const {
    if (!n.is("Mul") || graph_.is_constant(n.inputs[0]) || graph_.is_constant(n.inputs[1])) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueType& gate = graph_.value(n.inputs[i]).type;
      const ValueType& x = graph_.value(n.inputs[1 - i]).type;
      if (!is_one_pixel(gate) || !x.ranked || gate.rank() != x.rank()) continue;
      if (x.dims[1].is_known() && gate.dims[1] == x.dims[1]) return i;
    }
    return std::nullopt;
  }

  /// A product is scaled with what it multiplies; where that cannot be, by a row on the gate. What
  /// it multiplies has to stay then: nothing between the two divides again.
  void tie_gated(Gated& gated) {
    const Node& n = graph_.node(gated.node);
    const ValueId x = n.inputs[1 - gated.gate];
    gated.scalable = !made_[find(index_of(x))] || blocked(x);
    if (gated.scalable) {
      block(x);
    } else {
      unite(x, n.outputs[0]);
    }
  }

  Result<void> store(ValueId id, const std::vector<float>& values) {
    VERNIER_ASSIGN(Tensor tensor,
                   Tensor::allocate(DType::float32, graph_.value(id).constant->shape(), budget_));
    std::memcpy(tensor.mutable_as<float>(), values.data(), values.size() * sizeof(float));
    graph_.set_constant(id, std::move(tensor));
    return {};
  }
  WeightAxes axes(NodeId id) const {
    const Node& n = graph_.node(id);
    return axes_of(n, graph_.value(n.inputs[1]).constant->shape());
  }

  /// Per channel over all tensors of the group that calibration has seen.
  std::optional<ChannelWidths> widths(const Group& group) const {
    ChannelWidths widest;
    for (const ValueId value : group.values) {
      const ChannelWidths seen = extents_(graph_.value(value).name);
      if (seen.all.empty()) continue;
      if (seen.early.size() != seen.all.size()) return std::nullopt;  // too few samples
      if (widest.all.empty()) {
        widest = seen;
        continue;
      }
      if (widest.all.size() != seen.all.size()) return std::nullopt;
      for (std::size_t c = 0; c < seen.all.size(); ++c) {
        widest.all[c] = std::max(widest.all[c], seen.all[c]);
        widest.early[c] = std::max(widest.early[c], seen.early[c]);
      }
      widest.later_elements = std::min(widest.later_elements, seen.later_elements);
    }
    if (widest.all.empty() || widest.later_elements < 1) return std::nullopt;
    if (*std::max_element(widest.all.begin(), widest.all.end()) <= 0.0F) return std::nullopt;
    return widest;
  }

  [[nodiscard]] bool fits(const Group& group, std::size_t channels) const {
    for (const NodeId id : group.makers) {
      if (static_cast<std::size_t>(axes(id).outputs) != channels) return false;
    }
    for (const Gated& gated : group.gates) {
      const ValueType& type = graph_.value(graph_.node(gated.node).outputs[0]).type;
      if (static_cast<std::size_t>(type.dims[1].value) != channels) return false;
    }
    for (const NodeId id : group.readers) {
      const WeightAxes a = axes(id);
      if (static_cast<std::size_t>(a.inputs * a.group) != channels) return false;
    }
    return true;
  }

  /// As floats hold them, so that a file can. A channel that was never seen to be anything but 0
  /// has no rounding error, and may be more than that elsewhere: it stays.
  static std::vector<float> factors_for(const std::vector<float>& widths, double power) {
    const auto most = static_cast<double>(*std::max_element(widths.begin(), widths.end()));
    std::vector<float> factors;
    for (const float width : widths) {
      if (width <= 0.0F) {
        factors.push_back(1.0F);
        continue;
      }
      const double own = std::max(static_cast<double>(width), most * kNarrowest);
      factors.push_back(static_cast<float>(std::pow(most / own, power)));
    }
    return factors;
  }

  /// Expected squared error of what reads the group, up to a constant factor: 8-bit rounding of
  /// activations with one step, what a range of the early samples cuts from the later ones (one
  /// element of each channel), rounding of weights with one step for each output channel.
  Result<double> expected_error(const Group& group, const ChannelWidths& widths,
                                const std::vector<float>& factors) const {
    const std::size_t channels = factors.size();
    double range = 0.0;
    for (std::size_t c = 0; c < channels; ++c) {
      range = std::max(range, static_cast<double>(widths.early[c] * factors[c]));
    }
    const double step = range / 255.0;
    std::vector<double> noise(channels);  // of scaled elements, times 12
    for (std::size_t c = 0; c < channels; ++c) {
      const double cut = std::max(static_cast<double>(widths.all[c] * factors[c]) - range, 0.0);
      noise[c] = step * step + 12.0 * cut * cut / static_cast<double>(widths.later_elements);
    }
    constexpr double kPeakToRms = 3.0;
    if (!group.gates.empty()) {
      // Gates have one step too, and what they multiply carries its error.
      const auto widest = static_cast<double>(*std::max_element(factors.begin(), factors.end()));
      for (std::size_t c = 0; c < channels; ++c) {
        const double error = static_cast<double>(widths.all[c]) / kPeakToRms * widest / 255.0;
        noise[c] += error * error;
      }
    }
    constexpr double kWeightShare = 0.3;  // what rounding by moments leaves of it, about
    double error = 0.0;
    for (const NodeId id : group.readers) {
      const WeightAxes a = axes(id);
      VERNIER_ASSIGN(const std::vector<float> w,
                     constant_floats(graph_, graph_.node(id).inputs[1], budget_));
      for (std::int64_t o = 0; o < a.outputs; ++o) {
        double weights = 0.0;
        double largest = 0.0;
        double energy = 0.0;
        for (std::int64_t i = 0; i < a.inputs; ++i) {
          const std::size_t c = a.channel(o, i);
          const double rms = static_cast<double>(widths.all[c] * factors[c]) / kPeakToRms;
          energy += rms * rms * static_cast<double>(a.taps);
          for (std::int64_t t = 0; t < a.taps; ++t) {
            const double x = static_cast<double>(w[a.index(o, i, t)] / factors[c]);
            weights += x * x * noise[c];
            largest = std::max(largest, std::abs(x));
          }
        }
        const double weight_step = largest / 127.0;
        error += weights + kWeightShare * energy * weight_step * weight_step;
      }
    }
    return error;
  }

  /// Factors for a group; nothing when it stays as it is.
  Result<std::optional<ChannelFactors>> factors_of(const Group& group) {
    if (!given_.empty()) return given_factors(group);
    const auto widest = widths(group);
    if (!widest || !fits(group, widest->all.size())) return std::optional<ChannelFactors>();
    VERNIER_ASSIGN(auto best, best_factors(group, *widest));
    if (std::all_of(best.begin(), best.end(), [](float f) { return f == 1.0F; })) {
      return std::optional<ChannelFactors>();
    }
    return std::optional(ChannelFactors{graph_.value(group.values.front()).name, std::move(best)});
  }
  Result<std::optional<ChannelFactors>> given_factors(const Group& group) const {
    const std::string& name = graph_.value(group.values.front()).name;
    const auto at = std::find_if(given_.begin(), given_.end(),
                                 [&](const ChannelFactors& entry) { return entry.tensor == name; });
    if (at == given_.end()) return std::optional<ChannelFactors>();
    if (!fits(group, at->factors.size())) {
      return invalid_data("the factors for '" + name + "' do not fit its channels", "E-RECIPE");
    }
    return std::optional(*at);
  }

  Result<void> scale(const Group& group) {
    if (group.readers.empty()) return {};
    if (group.makers.empty() && group.gates.empty()) return {};
    VERNIER_ASSIGN(auto chosen, factors_of(group));
    if (!chosen) return {};
    VERNIER_TRY(apply(group, chosen->factors));
    return note(std::move(*chosen));
  }

  Result<void> note(ChannelFactors chosen) {
    report_.channels += chosen.factors.size();
    report_.factors.push_back(std::move(chosen));
    return {};
  }

  /// Products with constants that read one output of a float operator get a branch of their own,
  /// x times a constant row, when that makes their channels more equal.
  Result<void> branch_off(NodeId maker) {
    const std::vector<ValueId> outputs = graph_.node(maker).outputs;
    if (is_linear(maker) || outputs.empty() || outputs[0] == ValueId::none) return {};
    const Node& made = graph_.node(maker);
    if (made.is("Flatten") && only_drops_ones(made)) return {};  // with what it reads
    Group group;
    group.values = {outputs[0]};
    std::vector<NodeId> behind;  // what reads the row: the products, or what is reshaped for them
    for (const NodeId reader : graph_.uses(outputs[0])) {
      const Node& n = graph_.node(reader);
      if (n.inputs[0] != outputs[0]) continue;
      const bool product = n.is("MatMul") && is_own_matrix(n.inputs[1]);
      const std::size_t before = group.readers.size();
      if (product) group.readers.push_back(reader);
      if (is_small(outputs[0]) && blocked(outputs[0])) add_small_readers(reader, group.readers);
      if (group.readers.size() > before) behind.push_back(reader);
    }
    if (group.readers.empty()) return {};
    VERNIER_ASSIGN(auto chosen, factors_of(group));
    if (!chosen) return {};
    VERNIER_TRY(apply(group, chosen->factors));
    bool folded = false;
    if (behind.size() == graph_.uses(outputs[0]).size() && !graph_.is_output(outputs[0]) &&
        last_axis_has(outputs[0], chosen->factors.size())) {
      VERNIER_ASSIGN(folded, fold_row(graph_, outputs[0], chosen->factors, adder_, budget_));
    }
    if (!folded) VERNIER_TRY(insert_row(outputs[0], behind, chosen->factors));
    return note(std::move(*chosen));
  }

  /// Not the pixels of [N, C, 1, 1].
  [[nodiscard]] bool last_axis_has(ValueId id, std::size_t channels) const {
    const ValueType& type = graph_.value(id).type;
    return type.ranked && type.rank() >= 1 && type.dims.back().is_known() &&
           type.dims.back().value == static_cast<std::int64_t>(channels);
  }
  /// One value a channel: [N, C], or [N, C, 1, 1].
  [[nodiscard]] bool is_small(ValueId id) const {
    const ValueType& type = graph_.value(id).type;
    return is_row_a_sample(type) || (is_one_pixel(type) && type.rank() != 3);
  }
  /// The products with constants that read the row of a node, or what it drops the ones of.
  void add_small_readers(NodeId reader, std::vector<NodeId>& products) const {
    if (is_linear(reader)) {
      products.push_back(reader);
      return;
    }
    const Node& n = graph_.node(reader);
    if (!n.is("Flatten") || !only_drops_ones(n) || graph_.is_output(n.outputs[0])) return;
    const auto readers = graph_.uses(n.outputs[0]);
    if (std::all_of(readers.begin(), readers.end(), [&](NodeId id) { return is_linear(id); })) {
      products.insert(products.end(), readers.begin(), readers.end());
    }
  }

  [[nodiscard]] bool is_own_matrix(ValueId id) const {
    return graph_.is_constant(id) && graph_.has_single_use(id) &&
           graph_.value(id).constant->dtype() == DType::float32 &&
           graph_.value(id).constant->shape().size() == 2;
  }

  Result<void> insert_row(ValueId from, const std::vector<NodeId>& behind,
                          const std::vector<float>& row) {
    const std::string name = graph_.value(from).name;
    Shape shape = {static_cast<std::int64_t>(row.size())};
    if (is_small(from)) {
      for (std::size_t i = 2; i < graph_.value(from).type.rank(); ++i) shape.push_back(1);
    }
    const ValueId constant = adder_.constant(name + "_row", Tensor::from_float(row, shape));
    adder_.set_opset(graph_.node(behind[0]).opset);
    VERNIER_ASSIGN(const ValueId smooth, adder_.node(find_op("", "Mul"), name + "_smooth",
                                                     name + "_smooth", {from, constant}));
    for (const NodeId reader : behind) graph_.set_input(reader, 0, smooth);
    return {};
  }

  /// Multiplies what a product is scaled by, one value a channel.
  Result<void> scale_gate(const Gated& gated, const std::vector<float>& row) {
    const ValueId gate = graph_.node(gated.node).inputs[gated.gate];
    const std::string name = graph_.value(graph_.node(gated.node).outputs[0]).name;
    Shape shape = {1, static_cast<std::int64_t>(row.size())};
    while (shape.size() < graph_.value(gate).type.rank()) shape.push_back(1);
    const ValueId constant = adder_.constant(name + "_gate_row", Tensor::from_float(row, shape));
    adder_.set_opset(graph_.node(gated.node).opset);
    VERNIER_ASSIGN(const ValueId scaled, adder_.node(find_op("", "Mul"), name + "_gate",
                                                     name + "_gate", {gate, constant}));
    graph_.set_input(gated.node, gated.gate, scaled);
    return {};
  }

  /// The power is chosen as if only the early samples were known.
  Result<std::vector<float>> best_factors(const Group& group, const ChannelWidths& widths) const {
    double best = 0.0;
    double least = std::numeric_limits<double>::infinity();
    for (const double power : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      VERNIER_ASSIGN(const double error,
                     expected_error(group, widths, factors_for(widths.early, power)));
      if (error >= least) continue;
      least = error;
      best = power;
    }
    return factors_for(widths.all, best);
  }

  Result<void> apply(const Group& group, const std::vector<float>& factors) {
    for (const NodeId id : group.makers) {
      const Node& n = graph_.node(id);
      const WeightAxes a = axes(id);
      VERNIER_ASSIGN(std::vector<float> w, constant_floats(graph_, n.inputs[1], budget_));
      for (std::int64_t o = 0; o < a.outputs; ++o) {
        const float factor = factors[static_cast<std::size_t>(o)];
        for (std::int64_t i = 0; i < a.inputs; ++i) {
          for (std::int64_t t = 0; t < a.taps; ++t) w[a.index(o, i, t)] *= factor;
        }
      }
      VERNIER_TRY(store(n.inputs[1], w));
      const ValueId bias = input_of(n, 2);
      if (bias == ValueId::none) continue;
      VERNIER_ASSIGN(std::vector<float> b, constant_floats(graph_, bias, budget_));
      for (std::size_t c = 0; c < b.size(); ++c) b[c] *= factors[c];
      VERNIER_TRY(store(bias, b));
    }
    for (const Gated& gated : group.gates) VERNIER_TRY(scale_gate(gated, factors));
    for (const NodeId id : group.readers) {
      const Node& n = graph_.node(id);
      const WeightAxes a = axes(id);
      VERNIER_ASSIGN(std::vector<float> w, constant_floats(graph_, n.inputs[1], budget_));
      for (std::int64_t o = 0; o < a.outputs; ++o) {
        for (std::int64_t i = 0; i < a.inputs; ++i) {
          const float factor = factors[a.channel(o, i)];
          for (std::int64_t t = 0; t < a.taps; ++t) w[a.index(o, i, t)] /= factor;
        }
      }
      VERNIER_TRY(store(n.inputs[1], w));
    }
    return {};
  }

  Graph& graph_;
  const ChannelExtents& extents_;
  std::span<const ChannelFactors> given_;
  const std::shared_ptr<MemoryBudget>& budget_;
  NodeAdder adder_;
  std::vector<std::size_t> parent_;
  std::vector<bool> blocked_;  ///< of roots: something else reads or makes one of the values
  std::vector<bool> made_;     ///< of roots: a linear node makes one of the values
  std::vector<Gated> gated_;
  EqualizeReport report_;
};

}  // namespace

Result<EqualizeReport> equalize_channels(Graph& graph, const ChannelExtents& extents,
                                         const std::shared_ptr<MemoryBudget>& budget) {
  return Equalizer(graph, extents, {}, budget).run();
}

Result<EqualizeReport> scale_channels(Graph& graph, std::span<const ChannelFactors> factors,
                                      const std::shared_ptr<MemoryBudget>& budget) {
  if (factors.empty()) return EqualizeReport();
  const ChannelExtents none = [](const std::string&) { return ChannelWidths(); };
  VERNIER_ASSIGN(EqualizeReport report, Equalizer(graph, none, factors, budget).run());
  if (report.factors.size() == factors.size()) return report;
  for (const ChannelFactors& entry : factors) {
    const auto done =
        std::find_if(report.factors.begin(), report.factors.end(),
                     [&](const ChannelFactors& other) { return other.tensor == entry.tensor; });
    if (done != report.factors.end()) continue;
    return invalid_data("the channels of '" + entry.tensor + "' cannot be scaled", "E-RECIPE");
  }
  return invalid_data("a tensor's channels are scaled twice", "E-RECIPE");
}

}  // namespace vernier
