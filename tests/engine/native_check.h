#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/cpu_backend.h"
#include "backend/reference/reference_backend.h"
#include "engine/native_engine.h"

namespace vernier::test {

inline std::span<const Backend* const> all_backends() {
  static const Backend* const kAll[] = {&cpu_backend(), &reference_backend()};
  return kAll;
}

/// Path of a model of scripts/get-models, empty when it is not on this machine.
inline std::string cached_model(const std::string& name) {
  const char* directory = std::getenv("VERNIER_MODELS_DIR");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::string base = directory != nullptr ? directory
                     : cache != nullptr
                         ? std::string(cache) + "/vernier/models"
                         : std::string(home != nullptr ? home : ".") + "/.cache/vernier/models";
  base += "/" + name + ".onnx";
  return std::filesystem::exists(base) ? base : std::string();
}

/// Seeded inputs for a model; unknown dims become those of `dims` in order, then 1.
inline std::vector<NamedTensor> seeded_inputs(const Engine& engine, std::uint32_t seed,
                                              std::vector<std::int64_t> dims = {}) {
  std::vector<NamedTensor> inputs;
  std::uint32_t state = seed * 2654435761u + 1;
  for (const TensorInfo& info : engine.inputs()) {
    Shape shape;
    std::size_t next = 0;
    for (const Dim& dim : info.type.dims) {
      shape.push_back(dim.is_known() ? dim.value : next < dims.size() ? dims[next++] : 1);
    }
    auto tensor = Tensor::allocate(info.type.dtype, shape);
    REQUIRE(tensor.has_value());
    for (std::int64_t i = 0; i < tensor->element_count(); ++i) {
      state = state * 1664525u + 1013904223u;
      const float value = static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
      if (info.type.dtype == DType::float32) tensor->mutable_as<float>()[i] = value;
      if (info.type.dtype == DType::int64) {
        const bool tokens = info.name == "input_ids";
        const bool rate = info.name == "sr";
        tensor->mutable_as<std::int64_t>()[i] = tokens ? static_cast<std::int64_t>(state % 30000)
                                                : rate ? 16000
                                                : info.name == "token_type_ids" ? 0
                                                                                : 1;
      }
    }
    inputs.push_back({info.name, std::move(tensor).value()});
  }
  return inputs;
}

}  // namespace vernier::test
