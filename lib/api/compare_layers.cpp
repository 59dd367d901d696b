#include "api/compare_layers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "api/cut_file.h"
#include "measure/divergence.h"
#include "onnx/extract.h"

namespace vernier {
namespace {

/// The nodes between the model's inputs and its outputs; what follows from constants alone, or
/// leads nowhere, is left out.
std::vector<LayerNode> nodes_between(const onnx::Outline& outline) {
  std::set<std::string_view> varying(outline.inputs.begin(), outline.inputs.end());
  for (const onnx::OutlineNode& node : outline.nodes) {
    const bool varies = std::any_of(node.inputs.begin(), node.inputs.end(),
                                    [&](const auto& name) { return varying.count(name) != 0; });
    if (varies) varying.insert(node.outputs.begin(), node.outputs.end());
  }
  std::set<std::string_view> needed(outline.outputs.begin(), outline.outputs.end());
  std::vector<LayerNode> nodes;
  for (auto node = outline.nodes.rbegin(); node != outline.nodes.rend(); ++node) {
    LayerNode layer;
    for (const std::string& name : node->outputs) {
      if (needed.count(name) != 0 && varying.count(name) != 0) layer.outputs.push_back(name);
    }
    if (layer.outputs.empty()) continue;
    needed.insert(node->inputs.begin(), node->inputs.end());
    for (const std::string& name : node->inputs) {
      if (varying.count(name) != 0) layer.inputs.push_back(name);
    }
    layer.name = node->name;
    layer.op = node->domain.empty() ? node->op : node->domain + "." + node->op;
    layer.opset = node->opset;
    nodes.push_back(std::move(layer));
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

LayerRow row_of(const LayerDifference& d) {
  LayerRow row;
  row.tensor = d.tensor;
  row.compared = d.compared;
  row.rel_l2 = d.rel_l2;
  row.snr_db = d.snr_db;
  row.max_abs = d.max_abs;
  row.reason = d.reason;
  return row;
}

std::vector<LayerRow> rows_of(const std::vector<LayerDifference>& list) {
  std::vector<LayerRow> rows;
  for (const LayerDifference& d : list) rows.push_back(row_of(d));
  return rows;
}

LayerReport describe(const Divergence& found, double tolerance) {
  LayerReport report;
  report.found = found.found;
  report.node = found.node.name.empty() && !found.node.outputs.empty() ? found.node.outputs.front()
                                                                       : found.node.name;
  report.op = found.node.op;
  report.opset = found.node.opset;
  report.confirmed = found.confirmed;
  report.tolerance = tolerance;
  report.before = rows_of(found.before);
  report.after = rows_of(found.after);
  report.alone = rows_of(found.alone);
  for (const CutProbe& cut : found.probes) {
    LayerProbe probe;
    probe.after = cut.node;
    probe.tensors = static_cast<int>(cut.tensors.size());
    probe.diverges = cut.diverges;
    for (const LayerDifference& d : cut.tensors) {
      if (d.compared) probe.worst_rel_l2 = std::max(probe.worst_rel_l2, d.rel_l2);
    }
    probe.error = cut.error;
    report.probes.push_back(std::move(probe));
  }
  for (std::size_t i = 0; i < found.table.size(); ++i) {
    report.table.push_back(row_of(found.table[i]));
    report.table.back().node = found.table_nodes[i];
  }
  report.notes = found.notes;
  return report;
}

}  // namespace

Result<LayerReport> find_first_layer(const std::string& model, SideBySide& both,
                                     std::size_t contender, double tolerance, LayerSearch search) {
  VERNIER_ASSIGN(const auto extractor, onnx::ModelExtractor::open(model));
  const std::vector<NamedTensor>& inputs = both.inputs().tensors;
  const auto types = infer_tensor_types(model, inputs);
  const std::vector<LayerNode> nodes = nodes_between(extractor.outline());
  CutFile file;
  const CutRunner run = [&](const std::vector<std::string>& outputs,
                            const std::vector<NamedTensor>& from) -> Result<CutOutputs> {
    onnx::ExtractRequest request;
    request.outputs = outputs;
    for (const std::string& name : outputs) {
      const auto type = types.find(name);
      if (type != types.end()) request.types.insert(*type);
    }
    for (const NamedTensor& tensor : from) {
      request.inputs.push_back(tensor.name);
      request.types[tensor.name] = ValueType::of(tensor.tensor.dtype(), tensor.tensor.shape());
    }
    VERNIER_ASSIGN(const std::string cut, file.write(extractor, model, request));
    const std::vector<NamedTensor>& given = from.empty() ? inputs : from;
    CutOutputs values;
    VERNIER_ASSIGN(values.baseline, both.run_on(0, cut, given));
    VERNIER_ASSIGN(values.contender, both.run_on(contender, cut, given));
    return values;
  };
  DivergenceOptions options;
  options.tolerance = tolerance;
  options.table = search == LayerSearch::all;
  VERNIER_ASSIGN(const Divergence found,
                 find_divergence(nodes, extractor.outline().outputs, run, options));
  LayerReport report = describe(found, tolerance);
  report.contender = both.contender(contender).label;
  return report;
}

}  // namespace vernier
