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
