#include "onnx/import.h"

#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "onnx/build.h"
#include "onnx/functions.h"
#include "onnx/reader.h"
#include "onnx/upgrade.h"

namespace vernier::onnx {
namespace {

/// A protobuf message cannot be larger.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 31U;

void note_default_inputs(ModelIr& model) {
  if (model.ir_version < 4) return;  // older files list every initializer as an input
  std::unordered_set<std::string_view> constants;
  for (const auto& entry : model.graphs[0].constants) constants.insert(entry.first);
  for (const PortIr& port : model.graphs[0].inputs) {
    if (constants.count(port.name) != 0) {
      model.notes.push_back("input '" + std::string(port.name) +
                            "' has a default value and is treated as a constant");
    }
  }
}

/// What the file says besides its graph.
Model facts_of(const ModelIr& ir) {
  Model model;
  model.graph_name = std::string(ir.graphs[0].name);
  model.ir_version = ir.ir_version;
  model.opset_imports = ir.opset_imports;
  model.producer_name = ir.producer_name;
  model.producer_version = ir.producer_version;
  model.metadata = ir.metadata;
  return model;
}

Result<Model> convert(std::span<const std::byte> bytes, TensorSource& source,
                      const ImportOptions& options) {
  VERNIER_ASSIGN(ModelIr ir, ModelReader(source, options).read(bytes));
  VERNIER_TRY(inline_functions(ir, options));
  if (options.findings != nullptr) options.findings->model = facts_of(ir);
  VERNIER_TRY(check_operators(ir, options.findings));
  note_default_inputs(ir);
  VERNIER_TRY(upgrade(ir, options, source.budget()));
  VERNIER_TRY(check_operators(ir, options.findings));
  Model model = facts_of(ir);
  VERNIER_ASSIGN(model.graph, build_graph(ir, options));
  model.notes = std::move(ir.notes);
  return model;
}

}  // namespace

namespace {

Result<Model> import_source(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                            const std::string& directory, const ImportOptions& options,
                            bool file_backed) {
  if (bytes.size() > kMaxFileBytes) {
    return invalid_model(
        "the file is larger than 2 GiB, which no ONNX file can be: use external "
        "data for the weights",
        "E-MODEL-SIZE");
  }
  if (bytes.empty()) return invalid_model("the file is empty", "E-MODEL-PARSE");
  auto budget = options.budget;
  if (!budget) budget = make_memory_budget();
  TensorSource source(bytes.data(), std::move(owner), directory, std::move(budget), file_backed);
  return convert(bytes, source, options);
}

}  // namespace

Result<Model> import_model_bytes(std::span<const std::byte> bytes,
                                 std::shared_ptr<const void> owner, const std::string& directory,
                                 const ImportOptions& options) {
  return import_source(bytes, std::move(owner), directory, options, false);
}

Result<Model> import_model(const std::string& path, const ImportOptions& options) {
  auto model = [&]() -> Result<Model> {
    VERNIER_ASSIGN(auto file, MappedFile::open(path));
    auto imported = import_source(file->bytes(), file, directory_of(path), options, true);
    // What was read is in the graph by now; weights are read again when they are used.
    MappedFile::drop_pages(file->bytes().data(), file->bytes().size());
    return imported;
  }();
  if (!model) {
    Error error = std::move(model).error();
    if (error.where.model.empty()) error.where.model = path;
    return error;
  }
  return model;
}

}  // namespace vernier::onnx
