#include "passes/share_constants.h"

#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "graph/verify.h"
#include "ops/registry.h"

using namespace vernier;

TEST_CASE("share_constants merges equal small constants only", "[passes]") {
  GraphBuilder builder("sum", 17);
  const ValueId x = builder.input("x", ValueType::of(DType::float32, {Dim::known(1)}));
  const float one[] = {1.0F};
  const float two[] = {2.0F};
  ValueId at = x;
  const ValueId first = builder.constant("a", Tensor::from_float(one, Shape{1}));
  const ValueId same = builder.constant("b", Tensor::from_float(one, Shape{1}));
  const ValueId other = builder.constant("c", Tensor::from_float(two, Shape{1}));
  const ValueId scalar = builder.constant("d", Tensor::from_float(one, Shape{}));
  for (const ValueId id : {first, same, other, scalar}) {
    at = builder.add(find_op("", "Add"), {at, id}, {}, {});
  }
  builder.output("y", at);
  auto graph = std::move(builder).build();
  REQUIRE(graph);
  CHECK(share_constants(*graph) == 1);
  CHECK(graph->uses(first).size() == 2);
  CHECK(graph->uses(same).empty());
  CHECK(graph->uses(other).size() == 1);
  CHECK(graph->uses(scalar).size() == 1);
  REQUIRE(verify(*graph));
}
