#include "onnx/schema.h"

#include <algorithm>

namespace vernier::onnx {
namespace {

// Sorted by name, then by version.
constexpr OpSchema kSchemas[] = {
#include "onnx/schema_table.inc"
};

bool allows(const std::uint32_t (&types)[OpSchema::kMaxPorts], std::size_t i,
            DType dtype) noexcept {
  std::size_t last = 0;
  while (last + 1 < OpSchema::kMaxPorts && types[last + 1] != 0) ++last;
  return (types[std::min(i, last)] >> static_cast<unsigned>(dtype) & 1U) != 0;
}

/// The entry of `name` in the list: from its name on; empty when it is not there.
std::string_view entry_of(std::string_view list, std::string_view name) noexcept {
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(' '));
    if (entry.substr(0, entry.find('=')) == name) return entry;
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
  }
  return {};
}

}  // namespace

bool OpSchema::allows_input(std::size_t i, DType dtype) const noexcept {
  return allows(input_types, i, dtype);
}

bool OpSchema::allows_output(std::size_t i, DType dtype) const noexcept {
  return allows(output_types, i, dtype);
}

bool OpSchema::has_attribute(std::string_view name) const noexcept {
  return !entry_of(attributes, name).empty();
}

std::optional<std::string_view> OpSchema::default_of(std::string_view name) const noexcept {
  const std::string_view entry = entry_of(attributes, name);
  const std::size_t at = entry.find('=');
  if (at == std::string_view::npos) return std::nullopt;
  return entry.substr(at + 1);
}

const OpSchema* find_schema(std::string_view op, int opset) noexcept {
  const auto by_name = [](const OpSchema& schema, std::string_view name) {
    return schema.op < name;
  };
  const OpSchema* first = std::lower_bound(std::begin(kSchemas), std::end(kSchemas), op, by_name);
  const OpSchema* found = nullptr;
  for (const OpSchema* at = first; at != std::end(kSchemas) && at->op == op && at->since <= opset;
       ++at) {
    found = at;
  }
  return found;
}

int first_opset(std::string_view op) noexcept {
  const OpSchema* at = std::lower_bound(
      std::begin(kSchemas), std::end(kSchemas), op,
      [](const OpSchema& schema, std::string_view name) { return schema.op < name; });
  return at != std::end(kSchemas) && at->op == op ? at->since : 0;
}

int ir_version_of(int opset) noexcept {
  constexpr struct {
    int opset;
    int ir;
  } kSteps[] = {{25, 13}, {24, 12}, {23, 11}, {21, 10}, {19, 9},
                {15, 8},  {12, 7},  {11, 6},  {10, 5}};
  for (const auto& step : kSteps) {
    if (opset >= step.opset) return step.ir;
  }
  return 4;  // from here on initializers need not be inputs
}

}  // namespace vernier::onnx
