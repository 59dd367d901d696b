#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/native_check.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"

namespace vernier::test {

/// Loads, binds and runs a serialized model; the outputs, or the first error.
inline Result<std::vector<NamedTensor>> run_bytes(const std::string& bytes,
                                                  const std::vector<NamedTensor>& inputs,
                                                  const EngineSettings& settings = {}) {
  const TempDir dir;
  const std::string path = dir.file("model.onnx");
  std::ofstream(path, std::ios::binary) << bytes;
  const auto engine = make_native_engine(all_backends());
  VERNIER_TRY(engine->load(path, settings));
  VERNIER_TRY(engine->bind(inputs));
  VERNIER_TRY(engine->run());
  VERNIER_ASSIGN(const auto outputs, engine->fetch_outputs());
  std::vector<NamedTensor> copies;
  for (const NamedTensor& output : outputs) {
    VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(output.tensor.view()));
    copies.push_back({output.name, std::move(copy)});
  }
  return copies;
}

inline std::vector<float> floats_of(const Tensor& tensor) {
  return {tensor.as<float>(), tensor.as<float>() + tensor.element_count()};
}
inline std::vector<std::int64_t> ints_of(const Tensor& tensor) {
  return {tensor.as<std::int64_t>(), tensor.as<std::int64_t>() + tensor.element_count()};
}

}  // namespace vernier::test
