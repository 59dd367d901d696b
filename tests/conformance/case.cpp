#include "case.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "compare.h"
#include "graph/evaluate.h"
#include "graph/infer.h"
#include "onnx/import.h"
#include "onnx/tensor_proto_io.h"

namespace vernier::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBudgetBytes = std::uint64_t{2} << 30U;

Outcome fail(Stage stage, const Error& error) { return {stage, format_error(error)}; }

/// Numbers of the flat object in data.json, e.g. {"atol": 1e-07, "rtol": 0.002}.
Tolerance read_tolerance(const fs::path& folder) {
  Tolerance tolerance;
  std::ifstream file(folder / "data.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto number = [&](const char* key, double& value) {
    const auto at = text.str().find(key);
    if (at == std::string::npos) return;
    value = std::strtod(text.str().c_str() + text.str().find(':', at) + 1, nullptr);
  };
  number("\"rtol\"", tolerance.rtol);
  number("\"atol\"", tolerance.atol);
  return tolerance;
}

Result<std::vector<Tensor>> read_tensors(const fs::path& set, const std::string& kind) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0;; ++i) {
    const fs::path path = set / (kind + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(path)) return tensors;
    if (fs::file_size(path) == 0) return invalid_data("'" + path.string() + "' is empty");
    VERNIER_ASSIGN(Tensor tensor, onnx::read_tensor_file(path.string()));
    tensors.push_back(std::move(tensor));
  }
}

/// "" when the inferred type allows the tensor that came out.
std::string type_difference(const ValueType& type, const Tensor& tensor) {
  bool fits = type.dtype == DType::undefined || type.dtype == tensor.dtype();
  if (type.ranked) {
    fits = fits && type.dims.size() == tensor.shape().size();
    for (std::size_t i = 0; fits && i < type.dims.size(); ++i) {
      fits = !type.dims[i].is_known() || type.dims[i].value == tensor.shape()[i];
    }
  }
  return fits ? "" : "inferred " + to_string(type) + ", but got " + describe(tensor.view());
}

/// ONNX 1.12 stored its bfloat16 test data as uint16 with the same bits.
void restore_bfloat16(std::vector<Tensor>& tensors, const Graph& graph,
                      const std::vector<Port>& ports) {
  for (std::size_t i = 0; i < tensors.size() && i < ports.size(); ++i) {
    if (tensors[i].dtype() != DType::uint16) continue;
    if (graph.value(ports[i].value).type.dtype != DType::bfloat16) continue;
    const auto owner = std::make_shared<const Tensor>(tensors[i]);
    tensors[i] = Tensor::borrow(DType::bfloat16, owner->shape(), owner->data(), owner);
  }
}

Outcome run_set(const Graph& graph, const fs::path& set, const Tolerance& tolerance) {
  auto inputs = read_tensors(set, "input");
  if (!inputs) return fail(Stage::run, inputs.error());
  auto expected = read_tensors(set, "output");
  if (!expected) return fail(Stage::run, expected.error());
  restore_bfloat16(*inputs, graph, graph.inputs);
  restore_bfloat16(*expected, graph, graph.outputs);
  if (inputs->size() != graph.inputs.size()) {
    return {Stage::run, std::to_string(inputs->size()) + " input files for " +
                            std::to_string(graph.inputs.size()) + " inputs"};
  }
  std::vector<TensorView> views;
  for (const Tensor& input : *inputs) views.push_back(input.view());
  const auto outputs =
      evaluate_graph(graph, views, {}, std::make_shared<MemoryBudget>(kBudgetBytes));
  if (!outputs) return fail(Stage::run, outputs.error());
  if (expected->empty() || expected->size() != outputs->size()) {
    return {Stage::compare, std::to_string(outputs->size()) + " outputs, expected " +
                                std::to_string(expected->size())};
  }
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    const std::string name = "output " + std::to_string(i) + ": ";
    const auto different = difference((*outputs)[i].view(), (*expected)[i].view(), tolerance);
    if (!different.empty()) return {Stage::compare, name + different};
    const auto mistyped = type_difference(graph.value(graph.outputs[i].value).type, (*outputs)[i]);
    if (!mistyped.empty()) return {Stage::infer, name + mistyped};
  }
  return {};
}

}  // namespace

const char* stage_name(Stage stage) {
  switch (stage) {
    case Stage::import:
      return "import";
    case Stage::infer:
      return "infer";
    case Stage::run:
      return "run";
    case Stage::compare:
      return "compare";
    case Stage::passed:
      break;
  }
  return "passed";
}

std::vector<Case> find_cases(const fs::path& root) {
  std::vector<Case> cases;
  for (const auto& category : fs::directory_iterator(root)) {
    if (!category.is_directory()) continue;
    for (const auto& folder : fs::directory_iterator(category.path())) {
      if (!fs::exists(folder.path() / "model.onnx")) continue;
      cases.push_back(
          {category.path().filename().string() + "/" + folder.path().filename().string(),
           folder.path()});
    }
  }
  std::sort(cases.begin(), cases.end(),
            [](const Case& a, const Case& b) { return a.name < b.name; });
  return cases;
}

Outcome run_case(const Case& test) {
  auto model = onnx::import_model((test.folder / "model.onnx").string());
  if (!model) return fail(Stage::import, model.error());
  if (auto inferred = infer_types(model->graph); !inferred) {
    return fail(Stage::infer, inferred.error());
  }
  const Tolerance tolerance = read_tolerance(test.folder);
  std::size_t sets = 0;
  for (const auto& set : fs::directory_iterator(test.folder)) {
    if (!set.is_directory()) continue;
    ++sets;
    Outcome outcome = run_set(model->graph, set.path(), tolerance);
    if (!outcome.passed()) return outcome;
  }
  if (sets == 0) return {Stage::run, "no data sets"};
  return {};
}

}  // namespace vernier::conformance
