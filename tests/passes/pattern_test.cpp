#include "passes/pattern.h"

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

bool mean_is_pool(ValueType type, const std::vector<std::int64_t>& axes, int keepdims = 1) {
  Dsl dsl;
  const ValueId x = dsl.input("x", std::move(type));
  dsl.output("y", dsl.op("ReduceMean", {x, dsl.ints(axes)}, {attr("keepdims", keepdims)}));
  const Graph graph = dsl.build();
  return averages_all_pixels(graph, only(graph, "ReduceMean"));
}

}  // namespace

TEST_CASE("a mean over all pixels is a global pool", "[passes]") {
  CHECK(mean_is_pool(f32({1, 8, 5, 5}), {2, 3}));
  CHECK(mean_is_pool(f32({"N", 8, "H", "W"}), {-1, -2}));
  CHECK(mean_is_pool(f32({1, 8, 5}), {2}));
  CHECK(mean_is_pool(f32({1, 8, 5, 5, 5}), {4, 2, -2}));
}

TEST_CASE("a mean over channels, some of the axes, or without keepdims is none", "[passes]") {
  CHECK_FALSE(mean_is_pool(f32({1, 8, 5, 5}), {2, 3}, 0));
  CHECK_FALSE(mean_is_pool(f32({1, 8, 5, 5}), {2}));
  CHECK_FALSE(mean_is_pool(f32({1, 8, 5, 5}), {1, 2}));
  CHECK_FALSE(mean_is_pool(f32({1, 8, 5, 5}), {1, 2, 3}));
  CHECK_FALSE(mean_is_pool(f32({1, 8, 5, 5}), {}));
  CHECK_FALSE(mean_is_pool(f32({4, 8}), {1}));
}
