#include "api/convert_facts.h"

#include <algorithm>
#include <string>
#include <utility>

#include "graph/edit.h"

namespace vernier {

std::uint64_t weight_bytes(const Graph& graph) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto& constant = graph.value(static_cast<ValueId>(i)).constant;
    if (constant) bytes += constant->byte_count();
  }
  return bytes;
}

std::uint64_t float_bytes(const Graph& graph) {
  std::uint64_t bytes = 0;
  for (const Graph* part : all_graphs(graph)) {
    for (std::size_t i = 0; i < part->value_count(); ++i) {
      const auto& constant = part->value(static_cast<ValueId>(i)).constant;
      if (constant && constant->dtype() == DType::float32) bytes += constant->byte_count();
    }
  }
  return bytes;
}

Error blocked_error(const std::vector<onnx::ExportBlocker>& blockers, int opset) {
  constexpr std::size_t kListed = 8;
  std::string text = std::to_string(blockers.size()) +
                     (blockers.size() == 1 ? " node has" : " nodes have") + " no form at opset " +
                     std::to_string(opset) + ":";
  for (std::size_t i = 0; i < std::min(kListed, blockers.size()); ++i) {
    const auto& blocker = blockers[i];
    text.append(i > 0 ? "; '" : " '").append(blocker.node).append("' (").append(blocker.op);
    text.append("): ").append(blocker.why);
  }
  if (blockers.size() > kListed) text += "; ...";
  return unsupported(std::move(text), "E-EXPORT-OPSET");
}

bool declares_values(const Graph& graph) {
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Value& value = graph.value(id);
    if (value.producer != NodeId::none && !graph.is_output(id) &&
        value.type.dtype != DType::undefined) {
      return true;
    }
  }
  return false;
}

}  // namespace vernier
