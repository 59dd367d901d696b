#include "api/convert_accuracy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "graph/edit.h"

namespace vernier {
namespace {

constexpr std::size_t kMostMeasured = 256;
/// What a node that computes in fp32 between others that do not adds to a file: about two Casts.
constexpr std::uint64_t kNodeBytes = 160;

using Graphs = std::vector<Graph*>;
using PlacedNodes = std::set<std::pair<std::size_t, NodeId>>;

/// Bytes that a constant takes more in fp32.
std::uint64_t cost_of(const Graphs& graphs, const PlacedValue& place) {
  const auto& constant = graphs[place.graph]->value(place.id).constant;
  return static_cast<std::uint64_t>(constant->element_count()) * 2;
}

/// The same with its readers that compute in the new type so far.
std::uint64_t cost_with_readers(const Graphs& graphs, const PlacedValue& place,
                                const PlacedNodes& exact) {
  std::uint64_t bytes = cost_of(graphs, place);
  for (const NodeId user : graphs[place.graph]->uses(place.id)) {
    bytes += exact.count({place.graph, user}) == 0 ? kNodeBytes : 0;
  }
  return bytes;
}

bool is_captured(const Graph& graph, ValueId id) {
  if (std::find(graph.captures.begin(), graph.captures.end(), id) != graph.captures.end()) {
    return true;
  }
  const auto& users = graph.uses(id);
  return std::any_of(users.begin(), users.end(),
                     [&](NodeId user) { return graph.node(user).op->traits.has_subgraph; });
}

}  // namespace

std::vector<PlacedValue> roundable_constants(Graph& graph) {
  const Graphs graphs = all_graphs(graph);
  std::vector<PlacedValue> all;
  for (std::size_t k = 0; k < graphs.size(); ++k) {
    const Graph& part = *graphs[k];
    for (std::size_t i = 0; i < part.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      const Value& value = part.value(id);
      if (!value.constant || value.constant->dtype() != DType::float32) continue;
      if (part.uses(id).empty() || part.is_output(id) || is_captured(part, id)) continue;
      all.push_back({k, id});
    }
  }
  std::stable_sort(all.begin(), all.end(), [&](const PlacedValue& a, const PlacedValue& b) {
    return cost_of(graphs, a) < cost_of(graphs, b);
  });
  if (all.size() > kMostMeasured) all.resize(kMostMeasured);
  return all;
}

Result<std::vector<RoundedConstant>> measure_constants(
    Model& model, DType to, std::span<const std::vector<NamedTensor>> inputs,
    const TrialOptions& trial) {
  const std::vector<PlacedValue> constants = roundable_constants(model.graph);
  VERNIER_ASSIGN(const auto effects, rounding_effects(model, constants, to, inputs, trial));
  std::vector<RoundedConstant> measured;
  for (std::size_t i = 0; i < constants.size(); ++i) measured.push_back({constants[i], effects[i]});
  return measured;
}

double expected_error(const std::vector<RoundedConstant>& measured) {
  double squared = 0.0;
  for (const RoundedConstant& constant : measured) {
    if (std::isfinite(constant.effect)) squared += constant.effect * constant.effect;
  }
  return std::sqrt(squared);
}

std::set<PlacedValue> choose_exact(Graph& graph, const std::vector<RoundedConstant>& measured,
                                   double error, double aim, std::uint64_t room) {
  std::vector<RoundedConstant> left;
  for (const RoundedConstant& constant : measured) {
    if (constant.effect > 0.0) left.push_back(constant);
  }
  const Graphs graphs = all_graphs(graph);
  std::set<PlacedValue> chosen;
  PlacedNodes nodes;
  const double sum = expected_error(measured);
  const double aimed = std::isfinite(error) && error > 0.0 ? aim * sum / error : aim;
  double squared = sum * sum;
  const auto breaks = [](const RoundedConstant& c) { return !std::isfinite(c.effect); };
  while (!left.empty() &&
         (squared > aimed * aimed || std::any_of(left.begin(), left.end(), breaks))) {
    const auto value_of = [&](const RoundedConstant& constant) {
      const auto bytes = cost_with_readers(graphs, constant.place, nodes);
      return constant.effect * constant.effect / static_cast<double>(bytes);
    };
    const auto best = std::max_element(left.begin(), left.end(),
                                       [&](const RoundedConstant& a, const RoundedConstant& b) {
                                         return value_of(a) < value_of(b);
                                       });
    const std::uint64_t bytes = cost_with_readers(graphs, best->place, nodes);
    if (bytes <= room) {
      room -= bytes;
      if (!breaks(*best)) squared -= best->effect * best->effect;
      chosen.insert(best->place);
      for (const NodeId user : graphs[best->place.graph]->uses(best->place.id)) {
        nodes.insert({best->place.graph, user});
      }
    }
    left.erase(best);
  }
  return chosen;
}

Result<std::vector<RoundedValues>> measure_values(ValueRounding& rounding) {
  const std::vector<ValueId>& values = rounding.values();
  const std::size_t together = (values.size() + kMostMeasured - 1) / kMostMeasured;
  std::vector<RoundedValues> measured;
  for (std::size_t i = 0; i < values.size(); i += together) {
    RoundedValues group;
    std::vector<bool> rounded(values.size(), false);
    for (std::size_t k = i; k < std::min(i + together, values.size()); ++k) {
      rounded[k] = true;
      group.values.push_back(values[k]);
    }
    VERNIER_ASSIGN(group.effect, rounding.effect(rounded));
    measured.push_back(std::move(group));
  }
  return measured;
}

std::vector<bool> rounded_values(const Graph& graph, const std::vector<ValueId>& values,
                                 const std::set<NodeId>& kept) {
  const auto converted = [&](NodeId id) { return kept.count(id) == 0; };
  std::vector<bool> rounded;
  for (const ValueId id : values) {
    const NodeId maker = graph.value(id).producer;
    const auto& users = graph.uses(id);
    rounded.push_back((maker != NodeId::none && converted(maker)) ||
                      std::any_of(users.begin(), users.end(), converted));
  }
  return rounded;
}

std::set<PlacedValue> choose_exact_values(std::vector<RoundedValues> measured, double error,
                                          double aim) {
  std::stable_sort(
      measured.begin(), measured.end(),
      [](const RoundedValues& a, const RoundedValues& b) { return a.effect > b.effect; });
  const auto breaks = [](const RoundedValues& group) { return !std::isfinite(group.effect); };
  double sum = 0.0;
  for (const RoundedValues& group : measured) {
    if (!breaks(group)) sum += group.effect * group.effect;
  }
  // What single effects add up to is scaled to what all of them were seen to do.
  const double scale = sum > 0.0 && std::isfinite(error) ? error * error / sum : 1.0;
  std::set<PlacedValue> chosen;
  for (const RoundedValues& group : measured) {  // those that break the outputs come first
    if (!breaks(group)) {
      if (sum * scale <= aim * aim) break;
      sum -= group.effect * group.effect;
    }
    for (const ValueId id : group.values) chosen.insert({0, id});
  }
  return chosen;
}

}  // namespace vernier
