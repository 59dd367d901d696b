#include "engine/value_ranges.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vernier {
namespace {

bool is_float(const ValueType& type) {
  return type.kind == ValueType::Kind::tensor && type.dtype == DType::float32;
}

void widen(SeenRange& range, const TensorView& view) {
  if (view.dtype != DType::float32) return;
  const auto* at = reinterpret_cast<const float*>(view.data);
  const std::int64_t count = element_count(view.shape);
  for (std::int64_t i = 0; i < count; ++i) {
    const float magnitude = std::abs(at[i]);
    if (std::isfinite(magnitude)) {
      range.max_abs = std::max(range.max_abs, magnitude);
    } else {
      range.finite = false;
    }
  }
}

}  // namespace

Result<std::map<ValueId, SeenRange>> see_ranges(const Model& model,
                                                std::span<const std::vector<NamedTensor>> inputs,
                                                TrialOptions options) {
  Model watched = model;
  std::vector<ValueId> ids;
  watched.graph.outputs.clear();
  for (std::size_t i = 0; i < model.graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const Value& value = model.graph.value(id);
    if (!is_float(value.type) || value.producer == NodeId::none || value.constant) continue;
    ids.push_back(id);
    watched.graph.outputs.push_back({"seen_" + std::to_string(i), id});
  }
  std::map<ValueId, SeenRange> seen;
  if (ids.empty()) return seen;
  options.optimize = false;
  const auto look = [&](std::span<const Tensor> ordered, const State& state) {
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      widen(seen[model.graph.inputs[i].value], ordered[i].view());
    }
    for (std::size_t i = 0; i < ids.size(); ++i) widen(seen[ids[i]], state.output(i));
  };
  VERNIER_TRY(run_trials(std::move(watched), inputs, options, look));
  return seen;
}

}  // namespace vernier
