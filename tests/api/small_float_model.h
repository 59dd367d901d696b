#pragma once

#include <utility>
#include <vector>

#include "api/quantize_model.h"
#include "engine/native_check.h"
#include "support/graph_dsl.h"

namespace vernier::test {

/// A graph ready to be calibrated, on one thread.
inline FloatModel float_model(Graph graph) {
  FloatModel model;
  model.model.graph = std::move(graph);
  name_all_nodes(model.model.graph);
  model.budget = make_memory_budget();
  const auto backends = all_backends();
  model.native.backends.assign(backends.begin(), backends.end());
  auto pool = ThreadPool::create(1);
  REQUIRE(pool);
  model.pool = std::move(*pool);
  return model;
}

/// Tensors for a model with one input.
class TensorSamples final : public SampleSource {
 public:
  explicit TensorSamples(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {}
  [[nodiscard]] std::int64_t count() const override {
    return static_cast<std::int64_t>(tensors_.size());
  }
  [[nodiscard]] std::string text() const override { return "tensors"; }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return "tensor " + std::to_string(index);
  }
  Result<std::vector<Tensor>> load(std::int64_t index) override {
    return std::vector<Tensor>{tensors_[static_cast<std::size_t>(index)]};
  }
  /// All of them calibrate.
  SampleSet all() {
    SampleSet samples;
    samples.source = this;
    for (std::int64_t i = 0; i < count(); ++i) samples.calibration.push_back(i);
    return samples;
  }

 private:
  std::vector<Tensor> tensors_;
};

inline QdqPlacement placed(const FloatModel& model, const QuantTarget& target) {
  auto placement = place_qdq(model.model.graph, target);
  REQUIRE(placement);
  return std::move(*placement);
}

inline QuantTarget quant_target(const char* name) {
  auto target = find_quant_target(name);
  REQUIRE(target);
  return std::move(*target);
}

}  // namespace vernier::test
