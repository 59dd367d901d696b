#include "passes/pipeline.h"

#include <algorithm>
#include <set>

#include "support/pass_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

const PassReport& of(const RewriteReport& report, std::string_view name) {
  for (const PassReport& pass : report.passes) {
    if (pass.name == name) return pass;
  }
  FAIL("no report of " << name);
  return report.passes.front();
}

/// A residual block as exporters write it: Conv, BN, SiLU, Conv, BN, Add, Relu.
Graph block() {
  Dsl dsl;
  const auto norm = [&](ValueId v) {
    return dsl.op("BatchNormalization", {v, dsl.weight({4}, 0.5F, 1.5F), dsl.weight({4}),
                                         dsl.weight({4}), dsl.weight({4}, 0.5F, 2.0F)});
  };
  const auto conv = [&](ValueId v) {
    return dsl.op("Conv", {v, dsl.weight({4, 4, 3, 3})}, {attr("pads", {1, 1, 1, 1})});
  };
  const ValueId x = dsl.input("x", f32({"N", 4, 5, 5}));
  const ValueId a = norm(conv(x));
  const ValueId silu = dsl.op("Mul", {a, dsl.op("Sigmoid", {a})});
  dsl.output("y", dsl.op("Relu", {dsl.op("Add", {norm(conv(silu)), x})}));
  return dsl.build();
}
std::vector<Tensor> block_data() { return {random_tensor({2, 4, 5, 5}, 3)}; }

/// Reshape(x, [Shape(x)[0], -1]) in the way of torch's x.view(x.size(0), -1).
Graph flatten_by_shape(ValueType type) {
  Dsl dsl;
  const ValueId x = dsl.input("x", std::move(type));
  const ValueId index = dsl.constant(Tensor::scalar_int64(0));
  const ValueId batch = dsl.op("Gather", {dsl.op("Shape", {x}), index}, {attr("axis", 0)});
  const ValueId shape = dsl.op(
      "Concat", {dsl.op("Unsqueeze", {batch, dsl.ints({0})}), dsl.ints({-1})}, {attr("axis", 0)});
  dsl.output("y", dsl.op("Neg", {dsl.op("Reshape", {x, shape})}));
  return dsl.build(false);
}

}  // namespace

TEST_CASE("the pipeline turns a residual block into two fused convolutions", "[passes]") {
  const Graph before = block();
  Graph after = before;
  const auto report = run_passes(after);
  REQUIRE(report);
  INFO(print(after));
  require_same_numbers(before, after, block_data(), 1e-5);
  REQUIRE(count_ops(after, "") == 2);
  REQUIRE(count_ops(after, "FusedConv") == 2);
  REQUIRE(of(*report, "fuse_conv_batch_norm").applied == 2);
  REQUIRE(of(*report, "fuse_residual").applied == 1);
  REQUIRE(of(*report, "fuse_activation").applied == 2);
  REQUIRE(report->caps.empty());
  REQUIRE_FALSE(report->stopped);
  REQUIRE(after.value(after.outputs[0].value).type == f32({"N", 4, 5, 5}));
}

TEST_CASE("pass names are unique and can all be disabled", "[passes]") {
  const auto names = pass_names();
  const std::set<std::string_view> unique(names.begin(), names.end());
  REQUIRE(unique.size() == names.size());
  RewriteOptions options;
  options.disabled.assign(names.begin(), names.end());
  Graph graph = block();
  const auto report = run_passes(graph, options);
  REQUIRE(report);
  REQUIRE(report->edits == 0);
  REQUIRE(count_ops(graph, "") == count_ops(block(), ""));
}

TEST_CASE("one pass can be disabled", "[passes]") {
  RewriteOptions options;
  options.disabled = {"fuse_residual"};
  Graph graph = block();
  REQUIRE(run_passes(graph, options));
  REQUIRE(count_ops(graph, "Add") == 1);
  require_same_numbers(block(), graph, block_data(), 1e-5);
}

TEST_CASE("an unknown pass name is a usage error", "[passes]") {
  RewriteOptions options;
  options.disabled = {"fuse_everything"};
  Graph graph = block();
  const auto report = run_passes(graph, options);
  REQUIRE_FALSE(report);
  REQUIRE(report.error().id == "E-USAGE-PASS");
  REQUIRE(report.error().code == Errc::usage);
}

TEST_CASE("the pipeline can stop after any number of edits", "[passes]") {
  Graph full = block();
  const auto whole = run_passes(full);
  REQUIRE(whole);
  for (std::int64_t n = 0; n <= whole->edits; ++n) {
    RewriteOptions options;
    options.stop_after_edits = n;
    Graph graph = block();
    const auto report = run_passes(graph, options);
    REQUIRE(report);
    REQUIRE(report->edits == n);
    REQUIRE(report->stopped);
    REQUIRE(verify(graph));
    require_same_numbers(block(), graph, block_data(), 1e-5);
  }
}

TEST_CASE("a pass that never ends is cut off and reported", "[passes]") {
  class Flip final : public Pass {
   public:
    std::string_view name() const override { return "flip"; }
    Result<Match> visit(const Graph& graph, NodeId id, const PassContext&) const override {
      Edit edit(graph);
      Node copy = graph.node(id);
      edit.replace(copy.outputs[0], edit.add_node(copy));
      edit.remove(id);
      return Match(std::move(edit));
    }
  } flip;
  const Pass* const passes[] = {&flip};
  Graph graph = block();
  const auto report = run_passes(graph, passes, {});
  REQUIRE(report);
  REQUIRE_FALSE(report->caps.empty());
  REQUIRE(verify(graph));
}

TEST_CASE("a pass that breaks the graph is named", "[passes]") {
  class Breaker final : public Pass {
   public:
    std::string_view name() const override { return "breaker"; }
    Result<Match> visit(const Graph& graph, NodeId id, const PassContext&) const override {
      Edit edit(graph);
      edit.remove(id);
      return Match(std::move(edit));
    }
  } breaker;
  const Pass* const passes[] = {&breaker};
  Graph graph = block();
  const auto report = run_passes(graph, passes, {});
  REQUIRE_FALSE(report);
  REQUIRE(report.error().code == Errc::internal);
  REQUIRE(report.error().message.find("pass breaker") != std::string::npos);
}

TEST_CASE("constants fold within limits", "[passes]") {
  const auto build = [](std::int64_t size) {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({1}));
    const ValueId big = dsl.op("ConstantOfShape", {dsl.ints({size})});
    dsl.output("y", dsl.op("Add", {x, dsl.op("Exp", {big})}));
    return dsl.build();
  };
  RewriteOptions options;
  options.max_fold_bytes = 4096;
  SECTION("small") {
    Graph graph = build(1024);
    const auto report = run_passes(graph, options);
    REQUIRE(report);
    REQUIRE(of(*report, "constant_folding").applied == 2);
    REQUIRE(count_ops(graph, "") == 1);
    require_same_numbers(build(1024), graph, {random_tensor({1}, 1)});
  }
  SECTION("large") {
    Graph graph = build(1025);
    const auto report = run_passes(graph, options);
    REQUIRE(report);
    REQUIRE(of(*report, "constant_folding").applied == 0);
    REQUIRE(of(*report, "constant_folding").blocked.at("the result is too large") == 1);
    REQUIRE(count_ops(graph, "") == 3);
  }
  SECTION("kept by name") {
    options.keep_ops = {"Exp"};
    Graph graph = build(8);
    const auto report = run_passes(graph, options);
    REQUIRE(report);
    REQUIRE(count_ops(graph, "Exp") == 1);
    REQUIRE(of(*report, "constant_folding").blocked.at("the operator is to be kept") == 1);
  }
}

TEST_CASE("a constant node that cannot be evaluated stays for run time", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", typed(DType::int64, {2}));
  const ValueId bad = dsl.op("Div", {dsl.ints({1, 2}), dsl.ints({1, 0})});
  dsl.output("y", dsl.op("Add", {x, bad}));
  Graph graph = dsl.build();
  const auto report = run_passes(graph);
  REQUIRE(report);
  REQUIRE(count_ops(graph, "Div") == 1);
  REQUIRE(of(*report, "constant_folding").blocked.size() == 1);
}

TEST_CASE("shape arithmetic folds when dims are known", "[passes]") {
  const std::vector<Tensor> data = {random_tensor({2, 3, 4}, 1)};
  SECTION("static") {
    const Graph before = flatten_by_shape(f32({2, 3, 4}));
    Graph after = before;
    const auto report = run_passes(after);
    REQUIRE(report);
    INFO(print(after));
    REQUIRE(count_ops(after, "") == 2);
    REQUIRE(of(*report, "shape_folding").applied + of(*report, "constant_folding").applied >= 2);
    require_same_numbers(before, after, data, 0);
  }
  SECTION("symbolic, then bound for each concrete shape") {
    const Graph before = flatten_by_shape(f32({"N", 3, 4}));
    Graph symbolic = before;
    REQUIRE(run_passes(symbolic));
    REQUIRE(count_ops(symbolic, "Reshape") == 1);
    for (const std::int64_t n : {2, 5}) {
      Graph bound = symbolic;
      bind_symbol(bound, "N", n);
      FoldReport folded;
      REQUIRE(fold_and_infer(bound, {}, &folded));
      INFO(print(bound));
      REQUIRE(count_ops(bound, "") == 2);
      REQUIRE(bound.value(bound.outputs[0].value).type ==
              ValueType::of(DType::float32, Shape{n, 12}));
      require_same_numbers(before, bound, {random_tensor({n, 3, 4}, 1)}, 0);
    }
  }
}

TEST_CASE("fold_and_infer stops after max_edits", "[passes]") {
  Graph graph = flatten_by_shape(f32({2, 3, 4}));
  FoldOptions options;
  options.max_edits = 1;
  FoldReport report;
  REQUIRE(fold_and_infer(graph, options, &report));
  REQUIRE(report.constants + report.shapes == 1);
}

TEST_CASE("another name for a constant is no copy of it", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 4}));
  const ValueId w = dsl.weight({4, 4});
  const ValueId first = dsl.op("MatMul", {x, dsl.op("Identity", {w})});
  dsl.output("y", dsl.op("MatMul", {first, dsl.op("Identity", {dsl.op("Identity", {w})})}));
  Graph graph = dsl.build();
  REQUIRE(run_passes(graph));
  std::set<ValueId> weights;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (graph.alive(id)) weights.insert(graph.node(id).inputs[1]);
  }
  CHECK(weights == std::set<ValueId>{w});
}
