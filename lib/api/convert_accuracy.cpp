#include "api/convert_accuracy.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

constexpr std::size_t kMostMeasured = 256;
/// What a node that computes in fp32 between others that do not adds to a file: about two Casts.
constexpr std::uint64_t kNodeBytes = 160;

/// Bytes that a constant takes more in fp32.
std::uint64_t cost_of(const Graph& graph, ValueId id) {
  return static_cast<std::uint64_t>(graph.value(id).constant->element_count()) * 2;
}

/// Bytes for readers that compute in the new type so far.
std::uint64_t cost_of_readers(const Graph& graph, ValueId id, const std::set<NodeId>& exact) {
  std::uint64_t bytes = 0;
  for (const NodeId user : graph.uses(id)) bytes += exact.count(user) == 0 ? kNodeBytes : 0;
  return bytes;
}

}  // namespace

InputSets varied_inputs(const InputSets& inputs) {
  constexpr std::size_t kEnough = 3;
  if (inputs.size() != 1) {
    InputSets some = inputs;
    some.resize(std::min(kEnough, some.size()));
    return some;
  }
  InputSets all = {inputs[0], {}, {}};
  for (const NamedTensor& input : inputs[0]) {
    for (std::size_t k = 1; k < all.size(); ++k) all[k].push_back(input);
    if (input.tensor.dtype() != DType::float32) continue;
    const auto values = input.tensor.span<float>();
    std::vector<float> backwards(values.rbegin(), values.rend());
    all[1].back().tensor = Tensor::from_float(backwards, input.tensor.shape());
    std::vector<float> half(values.begin(), values.end());
    for (float& value : half) value *= 0.5F;
    all[2].back().tensor = Tensor::from_float(half, input.tensor.shape());
  }
  return all;
}

std::vector<ValueId> roundable_constants(const Graph& graph) {
  std::vector<ValueId> all;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Value& value = graph.value(id);
    if (!value.constant || value.constant->dtype() != DType::float32) continue;
    if (!graph.uses(id).empty() && !graph.is_output(id)) all.push_back(id);
  }
  std::stable_sort(all.begin(), all.end(),
                   [&](ValueId a, ValueId b) { return cost_of(graph, a) < cost_of(graph, b); });
  if (all.size() > kMostMeasured) all.resize(kMostMeasured);
  return all;
}

double expected_error(const std::vector<RoundedConstant>& measured) {
  double squared = 0.0;
  for (const RoundedConstant& constant : measured) {
    if (std::isfinite(constant.effect)) squared += constant.effect * constant.effect;
  }
  return std::sqrt(squared);
}

std::set<ValueId> choose_exact(const Graph& graph, const std::vector<RoundedConstant>& measured,
                               double error, double aim, std::uint64_t room) {
  std::vector<RoundedConstant> left;
  for (const RoundedConstant& constant : measured) {
    if (constant.effect > 0.0) left.push_back(constant);
  }
  std::set<ValueId> chosen;
  std::set<NodeId> nodes;
  const double sum = expected_error(measured);
  const double aimed = std::isfinite(error) && error > 0.0 ? aim * sum / error : aim;
  double squared = sum * sum;
  const auto breaks = [](const RoundedConstant& c) { return !std::isfinite(c.effect); };
  while (!left.empty() &&
         (squared > aimed * aimed || std::any_of(left.begin(), left.end(), breaks))) {
    const auto value_of = [&](const RoundedConstant& constant) {
      const auto bytes =
          cost_of(graph, constant.id) + cost_of_readers(graph, constant.id, nodes) + 1;
      return constant.effect * constant.effect / static_cast<double>(bytes);
    };
    const auto best = std::max_element(left.begin(), left.end(),
                                       [&](const RoundedConstant& a, const RoundedConstant& b) {
                                         return value_of(a) < value_of(b);
                                       });
    const std::uint64_t bytes = cost_of(graph, best->id) + cost_of_readers(graph, best->id, nodes);
    if (bytes <= room) {
      room -= bytes;
      if (!breaks(*best)) squared -= best->effect * best->effect;
      chosen.insert(best->id);
      nodes.insert(graph.uses(best->id).begin(), graph.uses(best->id).end());
    }
    left.erase(best);
  }
  return chosen;
}

}  // namespace vernier
