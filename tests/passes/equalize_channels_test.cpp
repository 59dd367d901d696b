#include "passes/equalize_channels.h"

#include <algorithm>
#include <set>

#include "graph/edit.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

/// conv, Relu, conv; the second convolution reads eight channels.
Graph two_convolutions() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 3, 6, 6}));
  const ValueId first = dsl.op("Conv", {x, dsl.weight({8, 3, 3, 3}), dsl.weight({8})});
  const ValueId second =
      dsl.op("Conv", {dsl.op("Relu", {first}), dsl.weight({5, 8, 1, 1}), dsl.weight({5})});
  dsl.output("y", second);
  return dsl.build();
}

/// A MatMul whose input a float operator makes.
Graph product() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({4, 8}));
  dsl.output("y", dsl.op("MatMul", {dsl.op("Erf", {x}), dsl.weight({8, 6})}));
  return dsl.build();
}

/// HardSwish, times a gate of one value a channel; then a convolution reads the product.
Graph gated(const char* activation, bool by_mean = false) {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 5, 5}));
  const ValueId first = dsl.op("Conv", {x, dsl.weight({8, 8, 1, 1}), dsl.weight({8})});
  const ValueId act = dsl.op(activation, {first});
  const ValueId pool =
      by_mean ? dsl.op("ReduceMean", {act, dsl.ints({2, -1})}) : dsl.op("GlobalAveragePool", {act});
  const ValueId squeezed = dsl.op("Conv", {pool, dsl.weight({8, 8, 1, 1}), dsl.weight({8})});
  const ValueId product = dsl.op("Mul", {act, dsl.op("HardSigmoid", {squeezed})});
  dsl.output("y", dsl.op("Conv", {product, dsl.weight({5, 8, 1, 1}), dsl.weight({5})}));
  return dsl.build();
}

/// A gate of `x` from what its pool says.
ValueId gate_of(Dsl& dsl, ValueId x) {
  const ValueId pool = dsl.op("GlobalAveragePool", {x});
  const ValueId squeezed = dsl.op("Conv", {pool, dsl.weight({8, 8, 1, 1}), dsl.weight({8})});
  return dsl.op("HardSigmoid", {squeezed});
}

/// The product of a HardSwish and its gate has a gate of its own.
Graph gated_twice() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 5, 5}));
  const ValueId first = dsl.op("Conv", {x, dsl.weight({8, 8, 1, 1}), dsl.weight({8})});
  const ValueId act = dsl.op("HardSwish", {first});
  const ValueId once = dsl.op("Mul", {act, gate_of(dsl, act)});
  const ValueId twice = dsl.op("Mul", {once, gate_of(dsl, once)});
  dsl.output("y", dsl.op("Conv", {twice, dsl.weight({5, 8, 1, 1}), dsl.weight({5})}));
  return dsl.build();
}

/// What is pooled over all pixels is read by a Gemm.
Graph pooled() {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 5, 5}));
  const ValueId pool = dsl.op("GlobalAveragePool", {dsl.op("HardSwish", {x})});
  const ValueId flat = dsl.op("Flatten", {pool});
  dsl.output("y", dsl.op("Gemm", {flat, dsl.weight({8, 6}), dsl.weight({6})}));
  return dsl.build();
}

/// What normalizes, and the Mul and Add it may be written as, is read by products alone, or by a
/// residual as well.
Graph normalized(const std::string& how, bool residual = false) {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 3, 8}));
  const ValueId scale = dsl.weight({8});
  const ValueId bias = dsl.weight({8});
  ValueId normal = ValueId::none;
  if (how == "rows") {
    normal = dsl.op("Add", {bias, dsl.op("Mul", {dsl.op("Erf", {x}), scale})});
  } else if (how == "LayerNormalization") {
    normal = dsl.op(how.c_str(), {x, scale, bias});
  } else {
    normal = dsl.op(how.c_str(), {x, scale});
  }
  dsl.output("q", dsl.op("MatMul", {normal, dsl.weight({8, 6})}));
  dsl.output("k", dsl.op("MatMul", {normal, dsl.weight({8, 6})}));
  if (residual) dsl.output("sum", dsl.op("Add", {normal, x}));
  return dsl.build();
}

std::size_t products(const Graph& graph) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    count += graph.alive(id) && graph.node(id).is("Mul") ? 1 : 0;
  }
  return count;
}

/// The first of `channels` is as wide as `widest`, the others are 1; nothing new comes later.
ChannelExtents settled(float widest, std::size_t channels = 8) {
  return [=](const std::string&) {
    std::vector<float> widths(channels, 1.0F);
    widths[0] = widest;
    return ChannelWidths{widths, widths, 1'000'000};
  };
}

EqualizeReport equalized(Graph& graph, const ChannelExtents& extents) {
  clone_bodies(graph);
  auto report = equalize_channels(graph, extents);
  if (!report) FAIL(format_error(report.error()));
  return std::move(report).value();
}

}  // namespace

TEST_CASE("narrow channels are made wider without changing the model", "[passes]") {
  for (const Graph& before : {two_convolutions(), product()}) {
    Graph after = before;
    const EqualizeReport report = equalized(after, settled(64.0F));
    REQUIRE(report.factors.size() == 1);
    const auto& factors = report.factors[0].factors;
    CHECK(factors[0] == 1.0F);
    CHECK(*std::min_element(factors.begin() + 1, factors.end()) > 2.0F);
    CHECK(*std::max_element(factors.begin(), factors.end()) <= 64.0F);
    const Shape shape = before.value(before.inputs[0].value).type.shape().value();
    require_same_numbers(before, after, {random_tensor(shape, 7)}, 1e-5);
  }
}

TEST_CASE("a gate carries the factors of a product that its activation cannot", "[passes]") {
  for (const auto& [before, rows] : {std::pair{gated("HardSwish"), std::size_t{2}},
                                     {gated("Relu"), std::size_t{0}},
                                     {gated("HardSwish", true), std::size_t{2}},
                                     {gated("Relu", true), std::size_t{0}},
                                     {pooled(), std::size_t{1}}}) {
    Graph after = before;
    const EqualizeReport report = equalized(after, settled(64.0F));
    REQUIRE(report.factors.size() == std::max<std::size_t>(rows, 1));
    // In front of the gate's convolution and on the gate; with Relu everything is one group.
    CHECK(products(after) == products(before) + rows);
    const Shape shape = before.value(before.inputs[0].value).type.shape().value();
    require_same_numbers(before, after, {random_tensor(shape, 3)}, 1e-5);
    Graph again = before;
    clone_bodies(again);
    REQUIRE(scale_channels(again, report.factors).has_value());
    require_same_numbers(after, again, {random_tensor(shape, 3)}, 1e-6);
  }
}

TEST_CASE("a product whose gate has a row may be multiplied by another gate", "[passes]") {
  const Graph before = gated_twice();
  Graph after = before;
  const EqualizeReport report = equalized(after, settled(64.0F));
  // In front of both gates' convolutions and on the second gate.
  CHECK(report.factors.size() == 3);
  CHECK(products(after) == products(before) + 3);
  require_same_numbers(before, after, {random_tensor({1, 8, 5, 5}, 3)}, 1e-5);
}

TEST_CASE("a sum with what cannot be scaled stays, whichever operand that is", "[passes]") {
  for (const std::size_t odd : {0, 1}) {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({1, 8, 5, 5}));
    std::vector<ValueId> operands(2);
    operands[1 - odd] = dsl.op("Conv", {x, dsl.weight({8, 8, 1, 1}), dsl.weight({8})});
    operands[odd] = dsl.op("Erf", {x});
    const ValueId sum = dsl.op("Relu", {dsl.op("Add", operands)});
    // Made by a convolution and blocked: a gate takes the factors, not the sum.
    const ValueId product = dsl.op("Mul", {sum, gate_of(dsl, sum)});
    dsl.output("y", dsl.op("Conv", {product, dsl.weight({5, 8, 1, 1}), dsl.weight({5})}));
    const Graph before = dsl.build();
    Graph after = before;
    CHECK(equalized(after, settled(64.0F)).factors.size() == 2);
    CHECK(products(after) == products(before) + 2);
    require_same_numbers(before, after, {random_tensor({1, 8, 5, 5}, 3)}, 1e-5);
  }
}

TEST_CASE("a normalization that only products read takes their row in", "[passes]") {
  for (const std::string how : {"rows", "LayerNormalization", "RMSNormalization"}) {
    for (const bool residual : {false, true}) {
      INFO(how << ' ' << residual);
      const Graph before = normalized(how, residual);
      Graph after = before;
      const EqualizeReport report = equalized(after, settled(64.0F));
      REQUIRE(report.factors.size() == 1);
      CHECK(products(after) == products(before) + (residual ? 1 : 0));
      require_same_numbers(before, after, {random_tensor({2, 3, 8}, 3)}, 1e-5);
      Graph again = before;
      clone_bodies(again);
      REQUIRE(scale_channels(again, report.factors).has_value());
      require_same_numbers(after, again, {random_tensor({2, 3, 8}, 3)}, 1e-6);
    }
  }
}

TEST_CASE("what is added has names of its own", "[passes]") {
  Graph before = gated("HardSwish");
  clone_bodies(before);
  const std::string product = before.value(only(before, "Mul").outputs[0]).name;
  const std::string pool = before.value(only(before, "GlobalAveragePool").outputs[0]).name;
  // The names that would be given are there already.
  const std::vector<std::string> taken = {product + "_gate", product + "_gate_row",
                                          pool + "_smooth", pool + "_row"};
  std::set<ValueId> named;
  for (const char* op : {"HardSwish", "HardSigmoid", "Mul", "GlobalAveragePool"}) {
    named.insert(only(before, op).outputs[0]);
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < before.value_count() && next < taken.size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const bool free = !before.is_input(id) && !before.is_output(id) && named.count(id) == 0;
    if (free) before.rename(id, taken[next++]);
  }
  REQUIRE(next == taken.size());
  before.mutable_node(before.uses(before.inputs[0].value)[0]).name = product + "_gate";
  Graph after = before;
  REQUIRE(equalized(after, settled(64.0F)).factors.size() == 2);
  std::set<std::string> values;
  for (std::size_t i = 0; i < after.value_count(); ++i) {
    INFO(after.value(static_cast<ValueId>(i)).name);
    CHECK(values.insert(after.value(static_cast<ValueId>(i)).name).second);
  }
  std::set<std::string> nodes;
  for (std::size_t i = 0; i < after.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (after.alive(id)) CHECK(nodes.insert(after.node(id).name).second);
  }
}

TEST_CASE("channels that are alike, or that were never seen alive, stay", "[passes]") {
  Graph graph = two_convolutions();
  CHECK(equalized(graph, settled(1.0F)).factors.empty());
  const EqualizeReport report = equalized(graph, [](const std::string&) {
    const std::vector<float> widths = {64, 1, 1, 1, 1, 1, 1, 0};
    return ChannelWidths{widths, widths, 1'000'000};
  });
  REQUIRE(report.factors.size() == 1);
  CHECK(report.factors[0].factors[1] > 1.0F);
  CHECK(report.factors[0].factors[7] == 1.0F);
}

TEST_CASE("what later samples reached stays inside of the range", "[passes]") {
  Graph graph = two_convolutions();
  // Each of the narrow ones grew threefold in the few elements that came later.
  const auto growing = [](const std::string&) {
    return ChannelWidths{{64, 3, 3, 3, 3, 3, 3, 3}, {64, 1, 1, 1, 1, 1, 1, 1}, 10};
  };
  // Had the early widths been made equal (64-fold), 3 would have been three ranges wide.
  const EqualizeReport report = equalized(graph, growing);
  REQUIRE(report.factors.size() == 1);
  CHECK(report.factors[0].factors[1] < 64.0F / 3.0F);
  // Too few samples to have an early part.
  const auto first = [](const std::string&) {
    return ChannelWidths{{64, 1, 1, 1, 1, 1, 1, 1}, {}, 0};
  };
  CHECK(equalized(graph, first).factors.empty());
}

TEST_CASE("factors are applied again as they were", "[passes]") {
  for (const Graph& before : {two_convolutions(), product()}) {
    Graph once = before;
    Graph again = before;
    const EqualizeReport report = equalized(once, settled(10.0F));
    clone_bodies(again);
    REQUIRE(scale_channels(again, report.factors));
    const Shape shape = before.value(before.inputs[0].value).type.shape().value();
    require_same_numbers(once, again, {random_tensor(shape, 7)}, 0.0);
    CHECK(once.node_count() == again.node_count());
  }
}

TEST_CASE("factors that fit nothing are refused", "[passes]") {
  Graph graph = two_convolutions();
  const EqualizeReport report = equalized(graph, settled(10.0F));
  std::vector<ChannelFactors> wrong = report.factors;
  wrong[0].tensor = "nobody";
  Graph fresh = two_convolutions();
  const auto unknown = scale_channels(fresh, wrong);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().id == "E-RECIPE");
  wrong = report.factors;
  wrong[0].factors.pop_back();
  const auto short_list = scale_channels(fresh, wrong);
  REQUIRE_FALSE(short_list);
  CHECK(short_list.error().id == "E-RECIPE");
}
