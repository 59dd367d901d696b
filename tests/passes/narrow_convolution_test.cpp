#include <algorithm>
#include <catch2/catch.hpp>

#include "passes/qdq_placement.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// What a first convolution looks like.
struct First {
  std::int64_t channels = 3;
  std::int64_t outputs = 16;
  std::int64_t kernel = 3;
  bool pooled = false;
};

/// Such a convolution, its Relu, and a residual block behind it.
Graph network(const First& first) {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, first.channels, 12, 12}));
  const auto conv = [&](ValueId v, std::int64_t in, std::int64_t kernel) {
    return dsl.op("Conv",
                  {v, dsl.weight({first.outputs, in, kernel, kernel}), dsl.weight({first.outputs})},
                  {attr("pads", {kernel / 2, kernel / 2, kernel / 2, kernel / 2})});
  };
  ValueId y = dsl.op("Relu", {conv(x, first.channels, first.kernel)});
  if (first.pooled) y = dsl.op("MaxPool", {y}, {attr("kernel_shape", {2, 2})});
  y = dsl.op("Add", {y, conv(y, first.outputs, 3)});
  dsl.output("y", dsl.op("Gemm", {dsl.op("Flatten", {dsl.op("GlobalAveragePool", {y})}),
                                  dsl.weight({first.outputs, 10}), dsl.weight({10})}));
  Graph graph = dsl.build();
  name_all_nodes(graph);
  return graph;
}

QdqPlacement placed(const Graph& graph, const char* target) {
  auto placement = place_qdq(graph, find_quant_target(target).value());
  REQUIRE(placement.has_value());
  return *std::move(placement);
}

std::size_t integers(const Graph& graph, const QdqPlacement& placement, const char* op) {
  return static_cast<std::size_t>(std::count_if(placement.integers.begin(),
                                                placement.integers.end(),
                                                [&](NodeId id) { return graph.node(id).is(op); }));
}

}  // namespace

TEST_CASE("a convolution of few channels stays float for ONNX Runtime alone", "[passes]") {
  const Graph graph = network({});
  const QdqPlacement ort = placed(graph, "ort-cpu");
  CHECK(ort.weights.size() == 2);
  REQUIRE(ort.floats.size() == 1);
  CHECK(ort.floats[0].op == "Conv");
  // What it made is quantized in front of its readers, so that their sum is one of integers.
  CHECK(integers(graph, ort, "Add") == 1);
  for (const char* other : {"vernier", "openvino", "tensorrt"}) {
    CHECK(placed(graph, other).weights.size() == 3);
  }
}

TEST_CASE("convolutions that gain as integers are integers for ONNX Runtime", "[passes]") {
  const First gains[] = {{4, 16, 3, false}, {3, 80, 3, false}, {3, 32, 1, false}, {3, 16, 3, true}};
  for (const First& first : gains) {
    CAPTURE(first.channels, first.outputs, first.kernel, first.pooled);
    const Graph graph = network(first);
    CHECK(integers(graph, placed(graph, "ort-cpu"), "Conv") == 2);
  }
}
