#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

const Shape kShape{2, 5};
std::vector<Tensor> data() { return {random_tensor(kShape, 7, -5.0F, 5.0F)}; }

struct Form {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({2, 5}));
  ValueId k(float value) { return dsl.scalar(value); }
  ValueId add(ValueId a, ValueId b) { return dsl.op("Add", {a, b}); }
  ValueId mul(ValueId a, ValueId b) { return dsl.op("Mul", {a, b}); }
  ValueId div(ValueId a, ValueId b) { return dsl.op("Div", {a, b}); }
  ValueId relu6(ValueId a, float high = 6.0F) { return dsl.op("Clip", {a, k(0), k(high)}); }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};

void require_one(const Graph& graph, const Pass& pass, std::string_view op) {
  const PassRun run = run_pass(graph, pass, data());
  INFO(print(run.graph));
  REQUIRE(count_ops(run.graph, "") == 1);
  REQUIRE(count_ops(run.graph, op) == 1);
}

}  // namespace

TEST_CASE("fuse_silu recognises x * sigmoid(x)", "[passes]") {
  Form f;
  SECTION("plain") {
    require_one(f.done(f.mul(f.x, f.dsl.op("Sigmoid", {f.x}))), fuse_silu_pass(), "Swish");
  }
  SECTION("other order") {
    require_one(f.done(f.mul(f.dsl.op("Sigmoid", {f.x}), f.x)), fuse_silu_pass(), "Swish");
  }
  SECTION("with a slope") {
    require_one(f.done(f.mul(f.x, f.dsl.op("Sigmoid", {f.mul(f.x, f.k(1.702F))}))),
                fuse_silu_pass(), "Swish");
  }
}

TEST_CASE("fuse_silu leaves other gates", "[passes]") {
  Form f;
  SECTION("another value") {
    const ValueId other = f.dsl.op("Neg", {f.x});
    run_idle(f.done(f.mul(f.x, f.dsl.op("Sigmoid", {f.dsl.op("Abs", {other})}))), fuse_silu_pass(),
             data());
  }
  SECTION("an offset") {
    run_idle(f.done(f.mul(f.x, f.dsl.op("Sigmoid", {f.add(f.x, f.k(1))}))), fuse_silu_pass(),
             data());
  }
  SECTION("a gate that something else reads") {
    const ValueId gate = f.dsl.op("Sigmoid", {f.x});
    f.dsl.output("gate", gate);
    const PassRun run = run_idle(f.done(f.mul(f.x, gate)), fuse_silu_pass(), data());
    REQUIRE(run.blocked("the gate has other uses") == 1);
  }
}

TEST_CASE("fuse_hard_swish recognises what exporters write", "[passes]") {
  Form f;
  const ValueId six = f.k(6);
  const ValueId sixth = f.k(1.0F / 6.0F);
  const ValueId clipped = f.relu6(f.add(f.x, f.k(3)));
  const Pass& pass = fuse_hard_swish_pass();
  SECTION("x * clip / 6") {
    require_one(f.done(f.div(f.mul(f.x, clipped), six)), pass, "HardSwish");
  }
  SECTION("x * (clip / 6)") {
    require_one(f.done(f.mul(f.x, f.div(clipped, six))), pass, "HardSwish");
  }
  SECTION("x * clip * (1/6)") {
    require_one(f.done(f.mul(f.mul(clipped, f.x), sixth)), pass, "HardSwish");
  }
  SECTION("(x / 6) * clip") {
    require_one(f.done(f.mul(f.div(f.x, six), clipped)), pass, "HardSwish");
  }
  SECTION("clip / 6 alone") { require_one(f.done(f.div(clipped, six)), pass, "HardSigmoid"); }
}

TEST_CASE("fuse_hard_swish recognises x * HardSigmoid(x)", "[passes]") {
  Form f;
  const ValueId gate =
      f.dsl.op("HardSigmoid", {f.x}, {attr("alpha", 1.0F / 6.0F), attr("beta", 0.5F)});
  require_one(f.done(f.mul(f.x, gate)), fuse_hard_swish_pass(), "HardSwish");
}

TEST_CASE("fuse_hard_swish leaves near misses", "[passes]") {
  Form f;
  const Pass& pass = fuse_hard_swish_pass();
  SECTION("another bound") {
    run_idle(f.done(f.div(f.mul(f.x, f.relu6(f.add(f.x, f.k(3)), 5.0F)), f.k(6))), pass, data());
  }
  SECTION("another offset") {
    run_idle(f.done(f.div(f.mul(f.x, f.relu6(f.add(f.x, f.k(2)))), f.k(6))), pass, data());
  }
  SECTION("another divisor") {
    run_idle(f.done(f.div(f.mul(f.x, f.relu6(f.add(f.x, f.k(3)))), f.k(5))), pass, data());
  }
  SECTION("default slope of HardSigmoid") {
    run_idle(f.done(f.mul(f.x, f.dsl.op("HardSigmoid", {f.x}))), pass, data());
  }
  SECTION("an inner value that something else reads") {
    const ValueId clipped = f.relu6(f.add(f.x, f.k(3)));
    f.dsl.output("clip", clipped);
    const PassRun run = run_idle(f.done(f.div(f.mul(f.x, clipped), f.k(6))), pass, data());
    REQUIRE(run.blocked("an inner value has other uses") == 1);
  }
}

TEST_CASE("fuse_gelu recognises the erf form", "[passes]") {
  Form f;
  const Pass& pass = fuse_gelu_pass();
  SECTION("torch: x * (erf(x / sqrt2) + 1) * 0.5") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.4142135F))}), f.k(1));
    require_one(f.done(f.mul(f.mul(f.x, e), f.k(0.5F))), pass, "Gelu");
  }
  SECTION("0.5 * x first") {
    const ValueId e = f.add(f.k(1), f.dsl.op("Erf", {f.mul(f.x, f.k(0.70710678F))}));
    require_one(f.done(f.mul(f.mul(f.k(0.5F), f.x), e)), pass, "Gelu");
  }
  SECTION("x * (0.5 * (1 + erf))") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.4142135F))}), f.k(1));
    require_one(f.done(f.mul(f.x, f.mul(e, f.k(0.5F)))), pass, "Gelu");
  }
  SECTION("halved at the end") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.4142135F))}), f.k(1));
    require_one(f.done(f.div(f.mul(e, f.x), f.k(2))), pass, "Gelu");
  }
}

TEST_CASE("fuse_gelu recognises the tanh form", "[passes]") {
  Form f;
  const float c = 0.79788456F;
  const Pass& pass = fuse_gelu_pass();
  const auto finish = [&](ValueId argument) {
    const ValueId t = f.add(f.dsl.op("Tanh", {argument}), f.k(1));
    const PassRun run = run_pass(f.done(f.mul(f.mul(f.x, f.k(0.5F)), t)), pass, data());
    INFO(print(run.graph));
    REQUIRE(count_ops(run.graph, "") == 1);
    const Node& gelu = only(run.graph, "Gelu");
    REQUIRE(std::get<std::string>(gelu.attributes.at(0).value) == "tanh");
  };
  SECTION("Pow") {
    const ValueId cube = f.dsl.op("Pow", {f.x, f.k(3)});
    finish(f.mul(f.add(f.x, f.mul(cube, f.k(0.044715F))), f.k(c)));
  }
  SECTION("products") {
    const ValueId cube = f.mul(f.mul(f.x, f.x), f.x);
    finish(f.mul(f.k(c), f.add(f.x, f.mul(f.k(0.044715F), cube))));
  }
  SECTION("factored") {
    const ValueId inner = f.add(f.mul(f.mul(f.x, f.k(0.044715F)), f.x), f.k(1));
    finish(f.mul(f.mul(f.x, f.k(c)), inner));
  }
}

TEST_CASE("fuse_gelu leaves near misses", "[passes]") {
  Form f;
  const Pass& pass = fuse_gelu_pass();
  SECTION("another divisor") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.5F))}), f.k(1));
    run_idle(f.done(f.mul(f.mul(f.x, e), f.k(0.5F))), pass, data());
  }
  SECTION("not halved") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.4142135F))}), f.k(1));
    run_idle(f.done(f.mul(f.x, e)), pass, data());
  }
  SECTION("another factor of x") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.4142135F))}), f.k(1));
    run_idle(f.done(f.mul(f.mul(f.dsl.op("Abs", {f.x}), e), f.k(0.5F))), pass, data());
  }
  SECTION("an inner value that something else reads") {
    const ValueId e = f.add(f.dsl.op("Erf", {f.div(f.x, f.k(1.4142135F))}), f.k(1));
    f.dsl.output("e", e);
    const PassRun run = run_idle(f.done(f.mul(f.mul(f.x, e), f.k(0.5F))), pass, data());
    REQUIRE(run.blocked("an inner value has other uses") == 1);
  }
}
