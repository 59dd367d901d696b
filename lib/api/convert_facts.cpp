#include "api/convert_facts.h"

namespace vernier {

std::uint64_t weight_bytes(const Graph& graph) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto& constant = graph.value(static_cast<ValueId>(i)).constant;
    if (constant) bytes += constant->byte_count();
  }
  return bytes;
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
