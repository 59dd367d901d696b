#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "passes/dynamic_batch.h"
#include "support/graph_dsl.h"

namespace vernier::test {

/// Three different samples, one after the other: [3,...] from a shape [1,...].
inline Tensor samples_of(Shape shape, std::int64_t count, std::uint64_t seed) {
  shape[0] *= count;
  return random_tensor(shape, seed);
}

inline Tensor one_of(const Tensor& all, std::int64_t count, std::int64_t at) {
  Shape shape = all.shape();
  shape[0] /= count;
  const auto size = static_cast<std::size_t>(element_count(shape));
  const std::span<const float> values = all.span<float>();
  return Tensor::from_float(values.subspan(static_cast<std::size_t>(at) * size, size), shape);
}

/// Frees the batch of input 0 (axis 0) and demands that any batch gives what samples alone give, in
/// every output on axis 0. Returns the report.
inline DynamicBatchReport freed(const Graph& before, std::int64_t old_batch = 1) {
  Graph after = before;
  const BatchInput inputs[] = {{0, 0}};
  auto report = make_batch_dynamic(after, inputs, "N");
  if (!report) FAIL(format_error(report.error()));
  for (const auto& blocker : report->blockers) {
    UNSCOPED_INFO(blocker.node << " (" << blocker.op << "): " << blocker.why);
  }
  REQUIRE(report->blockers.empty());
  REQUIRE(verify(after));
  const Shape one = *before.value(before.inputs[0].value).type.shape();
  for (const std::int64_t count : {1, 2, 3, 5}) {
    const Tensor all = samples_of(one, count, 7);
    const auto together = evaluate(after, {all});
    for (std::int64_t i = 0; i < count; ++i) {
      const auto alone = evaluate(before, {one_of(all, count, i)});
      for (std::size_t k = 0; k < alone.size(); ++k) {
        INFO("batch " << count * old_batch << ", sample " << i << ", output " << k);
        REQUIRE(report->outputs[k] == BatchAxis{});
        const Tensor part = one_of(together[k], count, i);
        REQUIRE(part.shape() == alone[k].shape());
        const auto a = part.span<float>();
        const auto b = alone[k].span<float>();
        REQUIRE(std::equal(a.begin(), a.end(), b.begin()));
      }
    }
  }
  if (old_batch > 1) {
    const Tensor all = samples_of(one, 1, 7);
    const auto together = evaluate(after, {all});
    for (std::int64_t i = 0; i < old_batch; ++i) {
      const auto single = evaluate(after, {one_of(all, old_batch, i)});
      for (std::size_t k = 0; k < single.size(); ++k) {
        INFO("batch 1, sample " << i << ", output " << k);
        const Tensor part = one_of(together[k], old_batch, i);
        REQUIRE(part.shape() == single[k].shape());
        const auto a = part.span<float>();
        const auto b = single[k].span<float>();
        REQUIRE(std::equal(a.begin(), a.end(), b.begin()));
      }
    }
  }
  return *std::move(report);
}

/// The only reason why the batch cannot be freed; the graph stays as it was.
inline std::string refused(const Graph& before) {
  Graph after = before;
  const BatchInput inputs[] = {{0, 0}};
  auto report = make_batch_dynamic(after, inputs, "N");
  if (!report) FAIL(format_error(report.error()));
  REQUIRE(print(after) == print(before));
  REQUIRE(report->blockers.size() == 1);
  return report->blockers[0].op + ": " + report->blockers[0].why;
}

}  // namespace vernier::test
