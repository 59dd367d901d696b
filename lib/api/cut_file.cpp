#include "api/cut_file.h"

#include <unistd.h>

#include <atomic>
#include <utility>

#include "graph/infer.h"

namespace vernier {

namespace fs = std::filesystem;

CutFile::~CutFile() {
  std::error_code ignored;
  if (!beside_.empty()) fs::remove(beside_, ignored);
}

Result<std::string> CutFile::write(const onnx::ModelExtractor& extractor, const std::string& model,
                                   const onnx::ExtractRequest& request) {
  if (folder_.path().empty()) {
    VERNIER_ASSIGN(folder_, ScratchFolder::make_temporary("vernier-cut-"));
  }
  const fs::path path = beside_.empty() ? folder_.path() / "cut.onnx" : beside_;
  auto written = extractor.write(request, path.string());
  if (!written && beside_.empty() && written.error().id == "E-EXTRACT-EXTERNAL") {
    std::error_code ignored;
    static std::atomic<unsigned> count = 0;
    beside_ =
        fs::absolute(model, ignored).parent_path() /
        (".vernier-cut-" + std::to_string(getpid()) + "-" + std::to_string(++count) + ".onnx");
    written = extractor.write(request, beside_.string());
    if (!written && written.error().code == Errc::output) {
      return unsupported(
          "weights lie in other files beside the model, so parts of it must be written there, "
          "and " +
              written.error().message,
          "E-EXTRACT-EXTERNAL");
    }
  }
  if (!written) return std::move(written).error();
  summary_ = *written;
  return (beside_.empty() ? path : beside_).string();
}

std::map<std::string, ValueType> infer_tensor_types(const std::string& model,
                                                    const std::vector<NamedTensor>& inputs) {
  std::map<std::string, ValueType> types;
  auto imported = onnx::import_model(model);
  if (!imported) return types;
  Graph& graph = imported->graph;
  graph.bound = !inputs.empty();
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    for (const NamedTensor& input : inputs) {
      if (input.name != graph.inputs[i].name) continue;
      bind_input(graph, i, ValueType::of(input.tensor.dtype(), input.tensor.shape()));
    }
  }
  if (!infer_types(graph)) return types;
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const Value& value = graph.value(static_cast<ValueId>(i));
    if (value.producer == NodeId::none || value.type.dtype == DType::undefined) continue;
    types.emplace(value.name, value.type);
  }
  return types;
}

}  // namespace vernier
