#include "passes/useful_range.h"

#include <algorithm>
#include <limits>

#include "passes/pattern.h"

namespace vernier {
namespace {

/// Where the reader does not change any more; nothing for readers that never saturate.
std::optional<Range> saturation(const Graph& graph, const Node& reader, ValueId id) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  constexpr double kSiluGone = -8.0;  // x sigmoid(x) is above -0.003 beyond
  if (reader.is("HardSwish")) return Range{-3.0, kNever};
  if (reader.is("Relu")) return Range{0.0, kNever};
  if (reader.is("HardSigmoid")) {
    const auto slope = static_cast<double>(float_attribute(reader, "alpha", 0.2F));
    const auto offset = static_cast<double>(float_attribute(reader, "beta", 0.5F));
    if (slope <= 0.0) return std::nullopt;
    return Range{-offset / slope, (1.0 - offset) / slope};
  }
  // Of a gate x sigmoid(x), both readers are asked.
  const ValueId output = reader.outputs[0];
  const Node* gate = &reader;
  if (reader.is("Sigmoid") && graph.has_single_use(output)) {
    gate = &graph.node(graph.uses(output)[0]);
  }
  if (!gate->is("Mul")) return std::nullopt;
  for (std::size_t side = 0; side < 2; ++side) {
    const Node* sigmoid = producer_of(graph, gate->inputs[side], "Sigmoid");
    if (sigmoid != nullptr && sigmoid->inputs[0] == id && gate->inputs[1 - side] == id) {
      return Range{kSiluGone, kNever};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Range> useful_range(const Graph& graph, ValueId id) {
  if (graph.is_output(id) || graph.uses(id).empty()) return std::nullopt;
  Range range{0.0, 0.0};
  for (const NodeId reader : graph.uses(id)) {
    const auto one = saturation(graph, graph.node(reader), id);
    if (!one) return std::nullopt;
    range = {std::min(range.low, one->low), std::max(range.high, one->high)};
  }
  return range;
}

}  // namespace vernier
