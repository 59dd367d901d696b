#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

struct Case {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({"N", 4, 6, 6}));
  ValueId conv(ValueId v) {
    return dsl.op("Conv", {v, dsl.weight({4, 4, 3, 3}), dsl.weight({4})},
                  {attr("pads", {1, 1, 1, 1})});
  }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};
std::vector<Tensor> data() { return {random_tensor({2, 4, 6, 6}, 3)}; }

std::string activation_name_of(const Node& node) {
  for (const Attribute& attribute : node.attributes) {
    if (attribute.name == "activation") return std::get<std::string>(attribute.value);
  }
  return "none";
}

}  // namespace

TEST_CASE("fuse_activation joins every activation", "[passes]") {
  Case c;
  const ValueId y = c.conv(c.x);
  const auto check = [&](ValueId act, const std::string& name) {
    const PassRun run = run_pass(c.done(act), fuse_activation_pass(), data());
    INFO(print(run.graph));
    REQUIRE(count_ops(run.graph, "") == 1);
    REQUIRE(activation_name_of(only(run.graph, "FusedConv")) == name);
  };
  SECTION("Relu") { check(c.dsl.op("Relu", {y}), "relu"); }
  SECTION("Clip") { check(c.dsl.op("Clip", {y, c.dsl.scalar(0), c.dsl.scalar(0.5F)}), "clip"); }
  SECTION("Clip without upper bound") {
    check(c.dsl.op("Clip", {y, c.dsl.scalar(-0.25F)}), "clip");
  }
  SECTION("Sigmoid") { check(c.dsl.op("Sigmoid", {y}), "sigmoid"); }
  SECTION("Swish") { check(c.dsl.op("Swish", {y}), "silu"); }
  SECTION("HardSwish") { check(c.dsl.op("HardSwish", {y}), "hard_swish"); }
  SECTION("HardSigmoid") {
    check(c.dsl.op("HardSigmoid", {y}, {attr("alpha", 0.3F)}), "hard_sigmoid");
  }
  SECTION("LeakyRelu") { check(c.dsl.op("LeakyRelu", {y}, {attr("alpha", 0.1F)}), "leaky_relu"); }
  SECTION("Tanh") { check(c.dsl.op("Tanh", {y}), "tanh"); }
  SECTION("Gelu") { check(c.dsl.op("Gelu", {y}), "gelu_erf"); }
  SECTION("Gelu by tanh") {
    check(c.dsl.op("Gelu", {y}, {attr("approximate", "tanh")}), "gelu_tanh");
  }
}

TEST_CASE("fuse_activation leaves what does not fit", "[passes]") {
  Case c;
  const ValueId y = c.conv(c.x);
  const Pass& pass = fuse_activation_pass();
  SECTION("another reader") {
    c.dsl.output("conv", y);
    REQUIRE(run_idle(c.done(c.dsl.op("Relu", {y})), pass, data())
                .blocked("the product has other uses") == 1);
  }
  SECTION("bounds that are computed") {
    const ValueId bound = c.dsl.op("ReduceMax", {c.x}, {attr("keepdims", 0)});
    REQUIRE(run_idle(c.done(c.dsl.op("Clip", {y, c.dsl.scalar(0), bound})), pass, data())
                .blocked("the bounds are not constant") == 1);
  }
  SECTION("a second activation") {
    const PassRun run = run_pass(c.done(c.dsl.op("Tanh", {c.dsl.op("Relu", {y})})), pass, data());
    REQUIRE(run.applied() == 1);
    REQUIRE(count_ops(run.graph, "Tanh") == 1);
  }
  SECTION("Swish with a slope") {
    run_idle(c.done(c.dsl.op("Swish", {y}, {attr("alpha", 2.0F)})), pass, data());
  }
}

TEST_CASE("fuse_residual joins an Add of the same shape", "[passes]") {
  Case c;
  SECTION("right operand") {
    const PassRun run =
        run_pass(c.done(c.dsl.op("Add", {c.conv(c.x), c.x})), fuse_residual_pass(), data());
    REQUIRE(count_ops(run.graph, "") == 1);
    REQUIRE(only(run.graph, "FusedConv").inputs.size() == 4);
  }
  SECTION("left operand") {
    const PassRun run =
        run_pass(c.done(c.dsl.op("Add", {c.x, c.conv(c.x)})), fuse_residual_pass(), data());
    REQUIRE(count_ops(run.graph, "") == 1);
  }
  SECTION("two convolutions: the later one takes the earlier one's output") {
    const ValueId first = c.conv(c.x);
    const ValueId second = c.conv(c.x);
    const PassRun run =
        run_pass(c.done(c.dsl.op("Add", {second, first})), fuse_residual_pass(), data());
    REQUIRE(count_ops(run.graph, "") == 2);
    const Node& fused = only(run.graph, "FusedConv");
    REQUIRE(run.graph.node(run.graph.value(fused.inputs[3]).producer).is("Conv"));
    REQUIRE(fused.name == "Conv_1");
  }
}

TEST_CASE("fuse_residual leaves what does not fit", "[passes]") {
  Case c;
  const Pass& pass = fuse_residual_pass();
  SECTION("broadcast") {
    run_idle(c.done(c.dsl.op("Add", {c.conv(c.x), c.dsl.weight({4, 6, 6})})), pass, data());
  }
  SECTION("shapes that may differ") {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({"N", 4, 6, 6}));
    const ValueId r = dsl.input("r", f32({"M", 4, 6, 6}));
    const ValueId conv = dsl.op("Conv", {x, dsl.weight({4, 4, 1, 1})});
    dsl.output("y", dsl.op("Add", {conv, r}));
    const PassRun run = run_idle(dsl.build(), pass,
                                 {random_tensor({2, 4, 6, 6}, 1), random_tensor({1, 4, 6, 6}, 2)});
    REQUIRE(run.blocked("the shapes are not known to be equal") == 1);
  }
  SECTION("another reader") {
    const ValueId y = c.conv(c.x);
    c.dsl.output("conv", y);
    REQUIRE(run_idle(c.done(c.dsl.op("Add", {y, c.x})), pass, data())
                .blocked("the product has other uses") == 1);
  }
  SECTION("behind an activation") {
    const ValueId y = c.dsl.op("FusedConv", {c.x, c.dsl.weight({4, 4, 1, 1})},
                               {attr("activation", "relu")}, "vernier");
    run_idle(c.done(c.dsl.op("Add", {y, c.x})), pass, data());
  }
}

TEST_CASE("fuse_matmul_bias joins a constant along the last dim", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({"N", 3, 4}));
  const std::vector<Tensor> input = {random_tensor({2, 3, 4}, 1)};
  const ValueId product = dsl.op("MatMul", {x, dsl.weight({4, 5})});
  const Pass& pass = fuse_matmul_bias_pass();
  const auto done = [&](ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  };
  SECTION("1-D") {
    const PassRun run = run_pass(done(dsl.op("Add", {dsl.weight({5}), product})), pass, input);
    REQUIRE(count_ops(run.graph, "") == 1);
    REQUIRE(only(run.graph, "FusedMatMul").inputs.size() == 3);
  }
  SECTION("leading ones") {
    const PassRun run = run_pass(done(dsl.op("Add", {product, dsl.weight({1, 5})})), pass, input);
    REQUIRE(count_ops(run.graph, "") == 1);
  }
  SECTION("one value for each row stays outside") {
    REQUIRE(run_idle(done(dsl.op("Add", {product, dsl.weight({3, 1})})), pass, input)
                .blocked("the constant does not run along the last dim only") == 1);
  }
}

TEST_CASE("bias, residual and activation end in one node", "[passes]") {
  SECTION("MatMul") {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({"N", 3, 4}));
    const ValueId biased =
        dsl.op("Add", {dsl.op("MatMul", {x, dsl.weight({4, 4})}), dsl.weight({4})});
    dsl.output("y", dsl.op("Relu", {dsl.op("Add", {x, biased})}));
    const Graph before = dsl.build();
    Graph after = before;
    REQUIRE(run_passes(after));
    require_same_numbers(before, after, {random_tensor({2, 3, 4}, 1)});
    REQUIRE(count_ops(after, "") == 1);
    REQUIRE(only(after, "FusedMatMul").inputs.size() == 4);
  }
  SECTION("Gemm") {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({3, 4}));
    const ValueId gemm = dsl.op("Gemm", {x, dsl.weight({4, 4})}, {attr("alpha", 0.5F)});
    dsl.output("y", dsl.op("Tanh", {dsl.op("Add", {gemm, x})}));
    const Graph before = dsl.build();
    Graph after = before;
    REQUIRE(run_passes(after));
    require_same_numbers(before, after, {random_tensor({3, 4}, 1)});
    REQUIRE(count_ops(after, "") == 1);
    REQUIRE(count_ops(after, "FusedGemm") == 1);
  }
}
