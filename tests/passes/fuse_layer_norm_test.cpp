#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

struct Norm {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({"N", 3, 8}));
  ValueId mean(ValueId v, std::vector<std::int64_t> axes) {
    return dsl.op("ReduceMean", {v, dsl.ints(std::move(axes))}, {attr("keepdims", 1)});
  }
  ValueId normalised(std::vector<std::int64_t> axes, float power = 2.0F) {
    const ValueId d = dsl.op("Sub", {x, mean(x, axes)});
    const ValueId variance = mean(dsl.op("Pow", {d, dsl.scalar(power)}), axes);
    const ValueId root = dsl.op("Sqrt", {dsl.op("Add", {variance, dsl.scalar(1e-5F)})});
    return dsl.op("Div", {d, root});
  }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};

std::vector<Tensor> data() { return {random_tensor({2, 3, 8}, 5)}; }

}  // namespace

TEST_CASE("fuse_layer_norm takes scale and bias along", "[passes]") {
  Norm n;
  const ValueId scaled = n.dsl.op("Mul", {n.normalised({-1}), n.dsl.weight({8})});
  const PassRun run = run_pass(n.done(n.dsl.op("Add", {n.dsl.weight({8}), scaled})),
                               fuse_layer_norm_pass(), data(), 1e-5);
  REQUIRE(count_ops(run.graph, "") == 1);
  REQUIRE(only(run.graph, "LayerNormalization").inputs.size() == 3);
}

TEST_CASE("fuse_layer_norm works without scale and over several axes", "[passes]") {
  Norm n;
  const PassRun run = run_pass(n.done(n.normalised({2, 1})), fuse_layer_norm_pass(), data(), 1e-5);
  REQUIRE(count_ops(run.graph, "") == 1);
  REQUIRE(count_ops(run.graph, "LayerNormalization") == 1);
}

TEST_CASE("fuse_layer_norm leaves a scale of another shape outside", "[passes]") {
  Norm n;
  const PassRun run = run_pass(n.done(n.dsl.op("Mul", {n.normalised({-1}), n.dsl.weight({3, 1})})),
                               fuse_layer_norm_pass(), data(), 1e-5);
  REQUIRE(count_ops(run.graph, "") == 2);
  REQUIRE(count_ops(run.graph, "Mul") == 1);
}

TEST_CASE("fuse_layer_norm leaves near misses", "[passes]") {
  Norm n;
  SECTION("leading axis") {
    const PassRun run = run_idle(n.done(n.normalised({1})), fuse_layer_norm_pass(), data());
    REQUIRE(run.blocked("the axes are not the last ones") == 1);
  }
  SECTION("another power") {
    run_idle(n.done(n.normalised({-1}, 4.0F)), fuse_layer_norm_pass(), data());
  }
  SECTION("different axes") {
    const ValueId d = n.dsl.op("Sub", {n.x, n.mean(n.x, {1})});
    const ValueId variance = n.mean(n.dsl.op("Pow", {d, n.dsl.scalar(2)}), {2});
    const ValueId root = n.dsl.op("Sqrt", {n.dsl.op("Add", {variance, n.dsl.scalar(1e-5F)})});
    run_idle(n.done(n.dsl.op("Div", {d, root})), fuse_layer_norm_pass(), data());
  }
}
