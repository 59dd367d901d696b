#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("dead_code removes unread nodes and outputs", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 1, 4, 4}));
  dsl.op("Exp", {dsl.op("Neg", {x})});
  const auto pooled = dsl.ops("MaxPool", {x}, 2, {attr("kernel_shape", {2, 2})});
  dsl.output("y", pooled[0]);
  const PassRun run = run_pass(dsl.build(), dead_code_pass(), {random_tensor({1, 1, 4, 4}, 1)}, 0);
  REQUIRE(run.applied() == 2);  // Exp with Neg, and the indices
  REQUIRE(count_ops(run.graph, "") == 1);
  REQUIRE(only(run.graph, "MaxPool").outputs.size() == 1);
}

TEST_CASE("dead_code keeps outputs that count", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({4}));
  dsl.output("y", dsl.ops("Split", {x}, 2, {attr("axis", 0), attr("num_outputs", 2)})[0]);
  run_idle(dsl.build(), dead_code_pass(), {random_tensor({4}, 1)});
}

TEST_CASE("cse shares equal nodes", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3}));
  const ValueId y = dsl.input("y", f32({2, 3}));
  SECTION("same inputs and attributes, then their readers") {
    const ValueId a = dsl.op("Exp", {dsl.op("LeakyRelu", {x}, {attr("alpha", 0.5F)})});
    const ValueId b = dsl.op("Exp", {dsl.op("LeakyRelu", {x}, {attr("alpha", 0.5F)})});
    dsl.output("z", dsl.op("Sub", {a, b}));
    const PassRun run =
        run_pass(dsl.build(), cse_pass(), {random_tensor({2, 3}, 1), random_tensor({2, 3}, 2)}, 0);
    REQUIRE(run.applied() == 2);
    REQUIRE(count_ops(run.graph, "") == 3);
  }
  SECTION("swapped inputs of a commutative operator") {
    dsl.output("z", dsl.op("Sub", {dsl.op("Add", {x, y}), dsl.op("Add", {y, x})}));
    const PassRun run =
        run_pass(dsl.build(), cse_pass(), {random_tensor({2, 3}, 1), random_tensor({2, 3}, 2)}, 0);
    REQUIRE(run.applied() == 1);
  }
  SECTION("equal small constants") {
    dsl.output(
        "z", dsl.op("Sub", {dsl.op("Mul", {x, dsl.scalar(2)}), dsl.op("Mul", {x, dsl.scalar(2)})}));
    const PassRun run =
        run_pass(dsl.build(), cse_pass(), {random_tensor({2, 3}, 1), random_tensor({2, 3}, 2)}, 0);
    REQUIRE(run.applied() == 1);
  }
}

TEST_CASE("cse keeps different nodes apart", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3}));
  const ValueId y = dsl.input("y", f32({2, 3}));
  const std::vector<Tensor> data = {random_tensor({2, 3}, 1), random_tensor({2, 3}, 2)};
  SECTION("other attributes") {
    dsl.output("z", dsl.op("Sub", {dsl.op("LeakyRelu", {x}, {attr("alpha", 0.5F)}),
                                   dsl.op("LeakyRelu", {x}, {attr("alpha", 0.25F)})}));
    run_idle(dsl.build(), cse_pass(), data);
  }
  SECTION("swapped inputs where order counts") {
    dsl.output("z", dsl.op("Add", {dsl.op("Sub", {x, y}), dsl.op("Sub", {y, x})}));
    run_idle(dsl.build(), cse_pass(), data);
  }
  SECTION("other constants") {
    dsl.output(
        "z", dsl.op("Sub", {dsl.op("Mul", {x, dsl.scalar(2)}), dsl.op("Mul", {x, dsl.scalar(3)})}));
    run_idle(dsl.build(), cse_pass(), data);
  }
  SECTION("two graph outputs") {
    dsl.output("a", dsl.op("Neg", {x}));
    dsl.output("b", dsl.op("Neg", {x}));
    REQUIRE(run_idle(dsl.build(), cse_pass(), data).blocked("both are graph outputs") == 1);
  }
}
