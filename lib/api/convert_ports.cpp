#include "api/convert_ports.h"

#include <algorithm>

namespace vernier {
namespace {

Error port_error(const std::string& text) { return usage_error(text, "E-CONVERT-PORT"); }

Result<void> reorder(std::vector<Port>& ports, const std::vector<std::string>& order,
                     const char* what) {
  if (order.empty()) return {};
  std::vector<Port> sorted;
  for (const std::string& name : order) {
    const auto at = std::find_if(ports.begin(), ports.end(),
                                 [&](const Port& port) { return port.name == name; });
    if (at == ports.end()) {
      return port_error("the model has no " + std::string(what) + " '" + name +
                        "', or it is named twice");
    }
    sorted.push_back(*at);
    ports.erase(at);
  }
  if (!ports.empty()) {
    return port_error("the order must name every " + std::string(what) + ": '" + ports[0].name +
                      "' is missing");
  }
  ports = std::move(sorted);
  return {};
}

Result<void> rename(Graph& graph, const std::string& from, const std::string& to) {
  if (to.empty()) return port_error("the new name of '" + from + "' is empty");
  Port* found = nullptr;
  for (auto* ports : {&graph.inputs, &graph.outputs}) {
    for (Port& port : *ports) {
      if (port.name == to) return port_error("there is a '" + to + "' already");
      if (port.name == from) found = &port;
    }
  }
  if (found == nullptr) return port_error("the model has no input or output '" + from + "'");
  found->name = to;
  graph.rename(found->value, to);
  return {};
}

}  // namespace

Result<void> arrange_ports(Graph& graph, const ConvertOptions& options, ConvertReport& report) {
  VERNIER_TRY(reorder(graph.inputs, options.input_order, "input"));
  VERNIER_TRY(reorder(graph.outputs, options.output_order, "output"));
  for (const auto& [from, to] : options.rename) VERNIER_TRY(rename(graph, from, to));
  if (options.rename.empty() && options.input_order.empty() && options.output_order.empty()) {
    return {};
  }
  ConvertStep step{"inputs and outputs", {}};
  for (const auto& [from, to] : options.rename) {
    std::string line = from;
    step.notes.push_back(line.append(" -> ").append(to));
  }
  report.steps.push_back(std::move(step));
  return {};
}

}  // namespace vernier
