#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

struct Case {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({2, 3, 4, 5}));
  ValueId turn(ValueId v, std::initializer_list<std::int64_t> perm) {
    return dsl.op("Transpose", {v}, {attr("perm", perm)});
  }
  ValueId nhwc(ValueId v) { return turn(v, {0, 2, 3, 1}); }
  ValueId nchw(ValueId v) { return turn(v, {0, 3, 1, 2}); }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};
std::vector<Tensor> data() { return {random_tensor({2, 3, 4, 5}, 3)}; }

}  // namespace

TEST_CASE("transpose cancels and merges pairs", "[passes]") {
  Case c;
  SECTION("inverse") {
    const PassRun run =
        run_pass(c.done(c.nchw(c.nhwc(c.dsl.op("Neg", {c.x})))), transpose_pass(), data(), 0);
    REQUIRE(count_ops(run.graph, "Transpose") == 0);
  }
  SECTION("composed") {
    const PassRun run =
        run_pass(c.done(c.turn(c.nhwc(c.x), {1, 0, 3, 2})), transpose_pass(), data(), 0);
    REQUIRE(count_ops(run.graph, "Transpose") == 1);
  }
}

TEST_CASE("transpose moves behind elementwise operators to meet another", "[passes]") {
  Case c;
  SECTION("a chain with scalars") {
    const ValueId a = c.dsl.op("Relu", {c.nhwc(c.dsl.op("Neg", {c.x}))});
    const ValueId b = c.dsl.op("Clip", {a, c.dsl.scalar(0), c.dsl.scalar(0.5F)});
    const PassRun run = run_pass(c.done(c.nchw(b)), transpose_pass(), data(), 0);
    INFO(print(run.graph));
    REQUIRE(count_ops(run.graph, "Transpose") == 0);
  }
  SECTION("a constant for each channel") {
    const ValueId a = c.dsl.op("Add", {c.nhwc(c.dsl.op("Neg", {c.x})), c.dsl.weight({3})});
    const PassRun run = run_pass(c.done(c.nchw(a)), transpose_pass(), data(), 0);
    REQUIRE(count_ops(run.graph, "Transpose") == 0);
  }
  SECTION("a constant with several dims") {
    const ValueId a = c.dsl.op("Mul", {c.dsl.weight({4, 1, 3}), c.nhwc(c.dsl.op("Neg", {c.x}))});
    const PassRun run = run_pass(c.done(c.nchw(a)), transpose_pass(), data(), 0);
    REQUIRE(count_ops(run.graph, "Transpose") == 0);
  }
  SECTION("two joined into one") {
    const ValueId a = c.dsl.op("Add", {c.nhwc(c.x), c.nhwc(c.dsl.op("Neg", {c.x}))});
    const PassRun run = run_pass(c.done(a), transpose_pass(), data(), 0);
    REQUIRE(count_ops(run.graph, "Transpose") == 1);
  }
}

TEST_CASE("transpose stays where moving gains nothing", "[passes]") {
  Case c;
  SECTION("nothing to meet") {
    run_idle(c.done(c.dsl.op("Relu", {c.nhwc(c.x)})), transpose_pass(), data());
  }
  SECTION("different permutations") {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({3, 3, 3}));
    const ValueId a = dsl.op("Transpose", {x}, {attr("perm", {0, 2, 1})});
    const ValueId b = dsl.op("Transpose", {x}, {attr("perm", {1, 0, 2})});
    dsl.output("y", dsl.op("Add", {a, b}));
    run_idle(dsl.build(), transpose_pass(), {random_tensor({3, 3, 3}, 2)});
  }
  SECTION("an inner one with other uses") {
    const ValueId inner = c.nhwc(c.x);
    c.dsl.output("inner", inner);
    const PassRun run = run_idle(c.done(c.turn(inner, {1, 0, 3, 2})), transpose_pass(), data());
    REQUIRE(run.blocked("the inner transpose has other uses") == 1);
  }
}

TEST_CASE("softmax behind a transpose goes along the last axis", "[passes]") {
  Case c;
  const auto softmax = [&](const char* op, std::int64_t axis) {
    return c.dsl.op(op, {c.turn(c.x, {0, 2, 1, 3})}, {attr("axis", axis)});
  };
  SECTION("yolo's boxes: one transpose in front, one behind") {
    const PassRun run = run_pass(c.done(softmax("Softmax", 1)), softmax_last_axis_pass(), data());
    INFO(print(run.graph));
    REQUIRE(run.applied() == 1);
    REQUIRE(count_ops(run.graph, "Transpose") == 2);
    REQUIRE(print(run.graph).find("axis=3") != std::string::npos);
  }
  SECTION("axes from the end") {
    REQUIRE(run_pass(c.done(softmax("Softmax", -2)), softmax_last_axis_pass(), data()).applied() ==
            1);
  }
  SECTION("logarithms") {
    REQUIRE(
        run_pass(c.done(softmax("LogSoftmax", 0)), softmax_last_axis_pass(), data()).applied() ==
        1);
  }
  SECTION("a transpose that turns all axes round, without saying so") {
    const ValueId y =
        c.dsl.op("Softmax", {c.dsl.op("Transpose", {c.x})}, {attr("axis", std::int64_t{1})});
    const PassRun run = run_pass(c.done(y), softmax_last_axis_pass(), data());
    REQUIRE(run.applied() == 1);
    REQUIRE(count_ops(run.graph, "Transpose") == 2);
  }
  SECTION("the last axis") {
    run_idle(c.done(softmax("Softmax", 3)), softmax_last_axis_pass(), data());
  }
  SECTION("no transpose in front") {
    const ValueId y = c.dsl.op("Softmax", {c.x}, {attr("axis", std::int64_t{1})});
    run_idle(c.done(y), softmax_last_axis_pass(), data());
  }
  SECTION("the transposed value has other readers") {
    const ValueId turned = c.turn(c.x, {0, 2, 1, 3});
    c.dsl.output("z", turned);
    const ValueId y = c.dsl.op("Softmax", {turned}, {attr("axis", std::int64_t{1})});
    const PassRun run = run_idle(c.done(y), softmax_last_axis_pass(), data());
    REQUIRE(run.blocked("the transposed value has other uses") == 1);
  }
}
