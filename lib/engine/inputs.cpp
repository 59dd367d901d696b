#include "engine/inputs.h"

#include <optional>

#include "graph/infer.h"

namespace vernier {
namespace {

Result<void> check_input(const TensorInfo& info, const Tensor& tensor) {
  const auto fail = [&](const char* id) {
    Error error = invalid_data(
        "input is " + describe(tensor.view()) + ", expected " + to_string(info.type), id);
    error.where.tensor = info.name;
    return error;
  };
  if (info.type.dtype != DType::undefined && info.type.dtype != tensor.dtype()) {
    return fail("E-INPUT-DTYPE");
  }
  if (!info.type.ranked) return {};
  if (info.type.dims.size() != tensor.shape().size()) return fail("E-INPUT-RANK");
  for (std::size_t i = 0; i < info.type.dims.size(); ++i) {
    const Dim& dim = info.type.dims[i];
    if (dim.is_known() && dim.value != tensor.shape()[i]) return fail("E-INPUT-SHAPE");
  }
  return {};
}

std::string listed(std::span<const TensorInfo> infos, bool types) {
  std::string text;
  for (const TensorInfo& info : infos) {
    text += (text.empty() ? "'" : ", '") + info.name + "'";
    if (types) text += " " + to_string(info.type);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string names_of(std::span<const TensorInfo> infos) { return listed(infos, false); }
std::string names_and_types_of(std::span<const TensorInfo> infos) { return listed(infos, true); }

std::vector<ValueType> types_of(std::span<const Tensor> tensors) {
  std::vector<ValueType> types;
  types.reserve(tensors.size());
  for (const Tensor& tensor : tensors) {
    types.push_back(ValueType::of(tensor.dtype(), tensor.shape()));
  }
  return types;
}

std::vector<TensorInfo> infos_of(const Graph& graph, std::span<const Port> ports) {
  std::vector<TensorInfo> infos;
  infos.reserve(ports.size());
  for (const Port& port : ports) infos.push_back({port.name, graph.value(port.value).type});
  return infos;
}

Result<std::vector<Tensor>> order_inputs(std::span<const TensorInfo> expected,
                                         std::span<const NamedTensor> given) {
  std::vector<Tensor> ordered(expected.size());
  for (const NamedTensor& named : given) {
    std::optional<std::size_t> at;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (expected[i].name == named.name) at = i;
    }
    if (!at) {
      return usage_error("the model has no input '" + named.name + "'; its inputs are " +
                             names_and_types_of(expected),
                         "E-INPUT-NAME");
    }
    if (ordered[*at].defined()) {
      return usage_error("input '" + named.name + "' is given twice", "E-INPUT-NAME");
    }
    VERNIER_TRY(check_input(expected[*at], named.tensor));
    ordered[*at] = named.tensor;
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (ordered[i].defined()) continue;
    return usage_error(
        "input '" + expected[i].name + "' " + to_string(expected[i].type) + " is not given",
        "E-INPUT-NAME");
  }
  return ordered;
}

Result<void> bind_dims(Graph& graph,
                       const std::vector<std::pair<std::string, std::int64_t>>& dims) {
  for (const auto& [symbol, size] : dims) {
    if (size < 0) return usage_error("dimension '" + symbol + "' is negative", "E-DIM-NAME");
    std::string known;
    bool found = false;
    for (const Port& port : graph.inputs) {
      for (const Dim& dim : graph.value(port.value).type.dims) {
        if (dim.symbol.empty()) continue;
        found = found || dim.symbol == symbol;
        known += (known.empty() ? "'" : ", '") + dim.symbol + "'";
      }
    }
    if (!found) {
      return usage_error("the model has no dimension '" + symbol +
                             "' (it has: " + (known.empty() ? "none" : known) + ")",
                         "E-DIM-NAME");
    }
    bind_symbol(graph, symbol, size);
  }
  return {};
}

std::vector<ValueType> output_types(const Graph& graph) {
  std::vector<ValueType> types;
  for (const Port& port : graph.outputs) types.push_back(graph.value(port.value).type);
  return types;
}

std::vector<std::string> wrong_declarations(const Graph& graph,
                                            std::span<const ValueType> declared) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const ValueType& type = graph.value(graph.outputs[i].value).type;
    if (!type.ranked || !declared[i].ranked) continue;
    bool same = type.rank() == declared[i].rank();
    for (std::size_t k = 0; same && k < type.rank(); ++k) {
      const bool known = type.dims[k].is_known() && declared[i].dims[k].is_known();
      same = !known || type.dims[k].value == declared[i].dims[k].value;
    }
    if (same) continue;
    lines.push_back("output '" + graph.outputs[i].name + "' is declared as " +
                    to_string(declared[i]) + ", but it is " + to_string(type));
  }
  return lines;
}

}  // namespace vernier
