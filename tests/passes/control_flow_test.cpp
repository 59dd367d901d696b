#include "passes/settle_branches.h"
#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

GraphPtr body_of(Dsl& dsl) { return std::make_shared<Graph>(dsl.build(false)); }

/// If(cond) { Identity(Neg(x)) } else { x * w }; both read x, only the second reads w.
struct Branches {
  GraphPtr then_body;
  GraphPtr else_body;
  Branches() {
    Dsl a("then");
    const ValueId x = a.builder().capture("x");
    a.builder().skip_capture();
    a.output("t", a.op("Abs", {a.op("Identity", {a.op("Neg", {x})})}));
    then_body = body_of(a);
    Dsl b("else");
    const ValueId y = b.builder().capture("x");
    const ValueId w = b.builder().capture("w");
    b.output("e", b.op("Mul", {y, w}));
    else_body = body_of(b);
  }
};

Tensor boolean(bool value) {
  auto tensor = Tensor::allocate(DType::boolean, Shape{});
  tensor->mutable_as<bool>()[0] = value;
  return std::move(tensor).value();
}

Graph with_condition(Dsl& dsl, ValueId condition, const Branches& branches, bool constant_w) {
  const ValueId x = dsl.input("x", f32({2, 3}));
  const ValueId w = constant_w ? dsl.weight({2, 3}) : dsl.op("Exp", {x});
  const auto y = dsl.builder().add_with_bodies(Dsl::def("If"), {condition}, {x, w},
                                               {branches.then_body, branches.else_body}, 1);
  dsl.output("y", y[0]);
  return dsl.build();
}

}  // namespace

TEST_CASE("inline_if takes the branch of a constant condition", "[passes]") {
  const Branches branches;
  for (const bool condition : {true, false}) {
    Dsl dsl;
    const ValueId c = dsl.constant(boolean(condition));
    const Graph before = with_condition(dsl, c, branches, false);
    const PassRun run = run_pass(before, inline_if_pass(), {random_tensor({2, 3}, 1)}, 0);
    INFO(print(run.graph));
    REQUIRE(run.applied() == 1);
    REQUIRE(count_ops(run.graph, "If") == 0);
    REQUIRE(count_ops(run.graph, condition ? "Abs" : "Mul") == 1);
    REQUIRE(run.graph.outputs[0].name == "y");
  }
}

TEST_CASE("inline_if leaves conditions that are computed", "[passes]") {
  Dsl dsl;
  const ValueId c = dsl.input("c", typed(DType::boolean, {}));
  const Graph before = with_condition(dsl, c, Branches(), false);
  const PassRun run = run_idle(before, inline_if_pass(), {boolean(true), random_tensor({2, 3}, 1)});
  REQUIRE(run.blocked("the condition is not constant") == 1);
}

TEST_CASE("bodies are optimised and constant captures dropped", "[passes]") {
  const Branches branches;
  Dsl dsl;
  const ValueId c = dsl.input("c", typed(DType::boolean, {}));
  const Graph before = with_condition(dsl, c, branches, true);
  Graph after = before;
  REQUIRE(run_passes(after));
  INFO(print(after));
  const Node& node = only(after, "If");
  REQUIRE(node.captured == 1);
  REQUIRE(count_ops(*node.subgraphs[0], "Identity") == 0);
  for (const bool condition : {true, false}) {
    require_same_numbers(before, after, {boolean(condition), random_tensor({2, 3}, 1)}, 0);
  }
  SECTION("the graph that was cloned keeps its bodies") {
    REQUIRE(count_ops(*only(before, "If").subgraphs[0], "Identity") == 1);
  }
}

TEST_CASE("a branch that does not fit the bound shapes is left alone", "[passes]") {
  const auto branch = [](std::vector<std::int64_t> shape) {
    Dsl dsl("branch");
    const ValueId x = dsl.builder().capture("x");
    const ValueId bent = dsl.op("Reshape", {dsl.op("Neg", {x}), dsl.ints(std::move(shape))});
    dsl.output("y", dsl.op("Abs", {dsl.op("Identity", {bent})}));
    return body_of(dsl);
  };
  Dsl dsl;
  const ValueId c = dsl.input("c", typed(DType::boolean, {}));
  const ValueId x = dsl.input("x", f32({"N", 3}));
  const auto y =
      dsl.builder().add_with_bodies(Dsl::def("If"), {c}, {x}, {branch({3, 2}), branch({5, 5})}, 1);
  dsl.output("y", y[0]);
  Graph graph = dsl.build();
  graph.bound = true;
  bind_symbol(graph, "N", 2);
  const Graph before = graph;
  const auto report = run_passes(graph);
  INFO((report ? print(graph) : format_error(report.error())));
  REQUIRE(report);
  const Node& node = only(graph, "If");
  REQUIRE(node.subgraphs[0]->types_hold);
  REQUIRE(count_ops(*node.subgraphs[0], "Identity") == 0);
  REQUIRE_FALSE(node.subgraphs[1]->types_hold);
  REQUIRE(count_ops(*node.subgraphs[1], "Identity") == 1);
  require_same_numbers(before, graph, {boolean(true), random_tensor({2, 3}, 1)}, 0);
}

TEST_CASE("fixed sizes settle an If only where a branch cannot have them", "[passes]") {
  const auto reshaped = [](std::vector<std::int64_t> shape) {
    Dsl dsl("branch");
    const ValueId x = dsl.builder().capture("x");
    dsl.output("y", dsl.op("Reshape", {x, dsl.ints(std::move(shape))}));
    dsl.builder().skip_capture();
    return body_of(dsl);
  };
  // As many elements as no tensor may have.
  const auto huge = [] {
    Dsl dsl("branch");
    const ValueId x = dsl.builder().capture("x");
    dsl.builder().skip_capture();
    const ValueId sum = dsl.op("ReduceSum", {x}, {attr("keepdims", 0)});
    constexpr std::int64_t kSize = std::int64_t{1} << 31;
    dsl.output("y", dsl.op("Expand", {sum, dsl.ints({kSize, kSize})}));
    return body_of(dsl);
  };
  const auto nested = [&](const GraphPtr& a, const GraphPtr& b) {
    Dsl dsl("branch");
    const ValueId x = dsl.builder().capture("x");
    const ValueId c = dsl.builder().capture("c");
    dsl.output("y", dsl.builder().add_with_bodies(Dsl::def("If"), {c}, {x, c}, {a, b}, 1)[0]);
    return body_of(dsl);
  };
  const auto ifs_left = [](const GraphPtr& a, const GraphPtr& b) {
    Dsl dsl;
    const ValueId c = dsl.input("c", typed(DType::boolean, {}));
    const ValueId x = dsl.input("x", f32({"N", 3}));
    dsl.output("y", dsl.builder().add_with_bodies(Dsl::def("If"), {c}, {x, c}, {a, b}, 1)[0]);
    Graph graph = dsl.build(false);
    graph.bound = true;
    bind_symbol(graph, "N", 2);
    const auto notes = settle_branches(graph, nullptr);
    INFO((notes ? print(graph) : format_error(notes.error())));
    REQUIRE(notes);
    REQUIRE(notes->size() + count_ops(graph, "If") == 1);
    return count_ops(graph, "If");
  };
  CHECK(ifs_left(reshaped({3, 2}), reshaped({5, 5})) == 0);
  CHECK(ifs_left(reshaped({5, 5}), reshaped({3, 2})) == 0);
  CHECK(ifs_left(reshaped({3, 2}), huge()) == 1);
  CHECK(ifs_left(reshaped({3, 2}), nested(reshaped({5, 5}), reshaped({7, 7}))) == 0);
  CHECK(ifs_left(reshaped({3, 2}), nested(reshaped({5, 5}), huge())) == 1);
  CHECK(ifs_left(reshaped({3, 2}), nested(huge(), reshaped({5, 5}))) == 1);
}

TEST_CASE("prune_captures keeps the right values", "[passes]") {
  Dsl a("then");
  a.builder().skip_capture();
  const ValueId p = a.builder().capture("p");
  const ValueId q = a.builder().capture("q");
  a.output("t", a.op("Sub", {p, q}));
  Dsl b("else");
  b.builder().skip_capture();
  b.builder().skip_capture();
  b.output("e", b.op("Neg", {b.builder().capture("q")}));
  Dsl dsl;
  const ValueId c = dsl.input("c", typed(DType::boolean, {}));
  const ValueId x = dsl.input("x", f32({2, 3}));
  const auto y = dsl.builder().add_with_bodies(Dsl::def("If"), {c},
                                               {dsl.op("Neg", {x}), dsl.op("Exp", {x}), x},
                                               {body_of(a), body_of(b)}, 1);
  dsl.output("y", y[0]);
  const Graph before = dsl.build();
  for (const bool condition : {true, false}) {
    const PassRun run =
        run_pass(before, prune_captures_pass(), {boolean(condition), random_tensor({2, 3}, 1)}, 0);
    REQUIRE(run.applied() == 1);
    REQUIRE(only(run.graph, "If").captured == 2);
    REQUIRE(count_ops(run.graph, "Neg") == 0);
  }
}

TEST_CASE("loop bodies are optimised and give the same numbers", "[passes]") {
  Dsl body("body");
  body.input("i", typed(DType::int64, {}));
  const ValueId keep = body.input("keep", typed(DType::boolean, {}));
  const ValueId state = body.input("state", f32({2, 3}));
  const ValueId gate = body.op("Sigmoid", {state});
  body.output("keep_out", body.op("Identity", {keep}));
  body.output("state_out", body.op("Add", {body.op("Mul", {state, gate}), body.scalar(0.5F)}));
  const GraphPtr ptr = body_of(body);
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3}));
  const ValueId trips = dsl.constant(Tensor::scalar_int64(3));
  const auto out = dsl.builder().add_with_bodies(
      Dsl::def("Loop"), {trips, dsl.constant(boolean(true)), x}, {}, {ptr}, 1);
  dsl.output("y", out[0]);
  const Graph before = dsl.build();
  Graph after = before;
  REQUIRE(run_passes(after));
  INFO(print(after));
  REQUIRE(count_ops(*only(after, "Loop").subgraphs[0], "Swish") == 1);
  require_same_numbers(before, after, {random_tensor({2, 3}, 1)});
}
