#include "engine/value_ranges.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/cpu_features.h"
#include "engine/inputs.h"
#include "engine/native_model.h"
#include "runtime/state.h"
#include "runtime/thread_pool.h"

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
                                                std::span<const Backend* const> backends,
                                                int threads, std::uint64_t max_memory_bytes) {
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
  NativeModelOptions options;
  options.backends.assign(backends.begin(), backends.end());
  VERNIER_ASSIGN(options.lower.isa, effective_isa_tier());
  options.lower.threads = threads;
  options.optimize = false;
  VERNIER_ASSIGN(const auto native,
                 NativeModel::load(std::move(watched), make_memory_budget(max_memory_bytes),
                                   std::move(options)));
  VERNIER_ASSIGN(const auto pool, ThreadPool::create(threads));
  const Graph& graph = native->model().graph;
  std::vector<TensorInfo> ports;
  for (const Port& port : graph.inputs) ports.push_back({port.name, graph.value(port.value).type});
  for (const auto& set : inputs) {
    VERNIER_ASSIGN(const auto ordered, order_inputs(ports, set));
    std::vector<ValueType> types;
    for (const Tensor& tensor : ordered) {
      types.push_back(ValueType::of(tensor.dtype(), tensor.shape()));
    }
    VERNIER_ASSIGN(const Graph specialized, native->specialize(types));
    VERNIER_ASSIGN(const auto plan, native->plan(specialized));
    VERNIER_TRY(native->materialize(*plan));
    VERNIER_ASSIGN(const auto state, State::create(plan, native->budget()));
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      VERNIER_TRY(state->bind_input(i, ordered[i].view()));
      if (is_float(types[i])) widen(seen[model.graph.inputs[i].value], ordered[i].view());
    }
    VERNIER_TRY(state->run(*pool));
    for (std::size_t i = 0; i < ids.size(); ++i) widen(seen[ids[i]], state->output(i));
  }
  return seen;
}

}  // namespace vernier
