#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// Relu -> (the node under test) -> Neg, so that nothing touches a graph border.
struct Case {
  Dsl dsl;
  ValueId x;
  ValueId relu;
  explicit Case(ValueType type = f32({2, 3})) : x(dsl.input("x", std::move(type))) {
    relu = dsl.op("Neg", {x});
  }
  Graph finish(ValueId value) {
    dsl.output("y", dsl.op("Neg", {value}));
    return dsl.build();
  }
};

const std::vector<Tensor>& data() {
  static const std::vector<Tensor> tensors = {[] {
    const float values[] = {0.0F, -0.0F, NAN, INFINITY, -1.5F, 2.0F};
    return Tensor::from_float(values, Shape{2, 3});
  }()};
  return tensors;
}

void require_removed(const Graph& graph) {
  const PassRun run = run_pass(graph, identity_pass(), data(), 0.0);
  INFO(print(run.graph));
  REQUIRE(run.applied() == 1);
  REQUIRE(count_ops(run.graph, "") == 2);
}

}  // namespace

TEST_CASE("identity removes nodes that hand their input on", "[passes]") {
  Case c;
  SECTION("Identity") { require_removed(c.finish(c.dsl.op("Identity", {c.relu}))); }
  SECTION("Cast to the same type") {
    require_removed(c.finish(c.dsl.op("Cast", {c.relu}, {attr("to", 1)})));
  }
  SECTION("Reshape to the same shape") {
    require_removed(c.finish(c.dsl.op("Reshape", {c.relu, c.dsl.ints({2, 3})})));
  }
  SECTION("Flatten of a matrix") { require_removed(c.finish(c.dsl.op("Flatten", {c.relu}))); }
  SECTION("Transpose that moves nothing") {
    require_removed(c.finish(c.dsl.op("Transpose", {c.relu}, {attr("perm", {0, 1})})));
  }
  SECTION("Expand to the same shape") {
    require_removed(c.finish(c.dsl.op("Expand", {c.relu, c.dsl.ints({1, 3})})));
  }
  SECTION("Pad by zero") {
    require_removed(c.finish(c.dsl.op("Pad", {c.relu, c.dsl.ints({0, 0, 0, 0})})));
  }
  SECTION("Slice of everything") {
    require_removed(
        c.finish(c.dsl.op("Slice", {c.relu, c.dsl.ints({0}), c.dsl.ints({99}), c.dsl.ints({1})})));
  }
  SECTION("Concat of one") {
    require_removed(c.finish(c.dsl.op("Concat", {c.relu}, {attr("axis", 0)})));
  }
  SECTION("times one") { require_removed(c.finish(c.dsl.op("Mul", {c.dsl.scalar(1.0F), c.relu}))); }
  SECTION("divided by one") {
    require_removed(c.finish(c.dsl.op("Div", {c.relu, c.dsl.scalar(1.0F)})));
  }
  SECTION("minus zero") {
    require_removed(c.finish(c.dsl.op("Sub", {c.relu, c.dsl.scalar(0.0F)})));
  }
  SECTION("plus negative zero") {
    require_removed(c.finish(c.dsl.op("Add", {c.relu, c.dsl.scalar(-0.0F)})));
  }
}

TEST_CASE("identity keeps nodes that do something", "[passes]") {
  Case c;
  SECTION("plus zero turns -0 into 0") {
    run_idle(c.finish(c.dsl.op("Add", {c.relu, c.dsl.scalar(0.0F)})), identity_pass(), data());
  }
  SECTION("one divided by it") {
    run_idle(c.finish(c.dsl.op("Div", {c.dsl.scalar(1.0F), c.relu})), identity_pass(), data());
  }
  SECTION("times one that broadcasts") {
    run_idle(
        c.finish(c.dsl.op("Mul", {c.relu, c.dsl.constant(Tensor::from_float(
                                              std::vector<float>(12, 1.0F), Shape{2, 2, 3}))})),
        identity_pass(), data());
  }
  SECTION("backward slice of everything") {
    run_idle(c.finish(c.dsl.op("Slice", {c.relu, c.dsl.ints({-1}), c.dsl.ints({-99}),
                                         c.dsl.ints({0}), c.dsl.ints({-1})})),
             identity_pass(), data());
  }
  SECTION("pads that cancel each other") {
    run_idle(c.finish(c.dsl.op("Pad", {c.relu, c.dsl.ints({0, 1, 0, -1})})), identity_pass(),
             data());
  }
  SECTION("Reshape to another shape") {
    run_idle(c.finish(c.dsl.op("Reshape", {c.relu, c.dsl.ints({3, 2})})), identity_pass(), data());
  }
}

TEST_CASE("identity keeps graph outputs apart", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3}));
  dsl.output("y", dsl.op("Identity", {x}));
  const PassRun run = run_idle(dsl.build(), identity_pass(), data());
  REQUIRE(run.blocked("a graph output would alias another value") == 1);
}

TEST_CASE("identity leaves reshapes of unknown dims", "[passes]") {
  Case c(f32({"?", 3}));
  run_idle(c.finish(c.dsl.op("Reshape", {c.relu, c.dsl.ints({-1, 3})})), identity_pass(), data());
}
