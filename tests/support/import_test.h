#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "graph/evaluate.h"
#include "graph/graph.h"
#include "graph/infer.h"
#include "onnx/import.h"
#include "support/onnx_writer.h"

/// Imports a serialized model held in a string (kept alive by the caller through `owner`).
inline vernier::Result<vernier::Model> import_bytes(
    const std::string& bytes, const vernier::onnx::ImportOptions& options = {}) {
  const auto owner = std::make_shared<const std::string>(bytes);
  return vernier::onnx::import_model_bytes(std::as_bytes(std::span(owner->data(), owner->size())),
                                           owner, "", options);
}

/// "accepted", or the id of the error.
inline std::string import_error(const std::string& bytes) {
  const auto model = import_bytes(bytes);
  return model ? "accepted" : model.error().id;
}

/// Imports, infers and runs a model whose inputs and first output are float; throws on errors,
/// which Catch reports.
inline std::vector<float> import_and_run(const std::string& bytes,
                                         const std::vector<vernier::Tensor>& inputs,
                                         vernier::Shape* shape = nullptr) {
  using namespace vernier;
  auto model = import_bytes(bytes);
  if (!model) throw std::runtime_error(format_error(model.error()));
  if (auto inferred = infer_types(model->graph); !inferred) {
    throw std::runtime_error(format_error(inferred.error()));
  }
  std::vector<TensorView> views;
  for (const Tensor& input : inputs) views.push_back(input.view());
  const auto outputs = evaluate_graph(model->graph, views);
  if (!outputs) throw std::runtime_error(format_error(outputs.error()));
  if (shape != nullptr) *shape = outputs->at(0).shape();
  const auto values = outputs->at(0).span<float>();
  return {values.begin(), values.end()};
}
