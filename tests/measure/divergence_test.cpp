#include "measure/divergence.h"

#include <cmath>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "measure/detection_ap.h"

using namespace vernier;

namespace {

Tensor pair_of(float a, float b) { return Tensor::from_float(std::vector<float>{a, b}, {2}); }

/// A model of sums: every node adds its inputs and 1. The contender's node `wrong` adds 2.
struct Bench {
  std::vector<LayerNode> nodes;
  std::vector<std::string> outputs;
  std::string wrong;
  std::set<std::string> cannot;  ///< cuts with one of these as an output fail
  bool fused = false;            ///< wrong only while its inputs are not outputs of the cut
  int runs = 0;
  int alone = 0;

  float value(const std::string& tensor, bool contender, const std::vector<std::string>& visible,
              const std::map<std::string, float>& given) const {
    const auto start = given.find(tensor);
    if (start != given.end()) return start->second;
    for (const LayerNode& node : nodes) {
      if (node.outputs[0] != tensor) continue;
      float sum = 1.0F;
      bool split = !given.empty();
      for (const std::string& input : node.inputs) {
        sum += value(input, contender, visible, given);
        split = split || std::count(visible.begin(), visible.end(), input) > 0;
      }
      if (contender && node.name == wrong && !(fused && split)) sum += 1.0F;
      return sum;
    }
    return 10.0F;  // the model's input
  }

  CutRunner runner() {
    return [this](const std::vector<std::string>& wanted,
                  const std::vector<NamedTensor>& from) -> Result<CutOutputs> {
      ++runs;
      std::map<std::string, float> given;
      for (const NamedTensor& tensor : from) given[tensor.name] = tensor.tensor.span<float>()[0];
      if (!given.empty()) ++alone;
      CutOutputs result;
      for (const std::string& name : wanted) {
        if (cannot.count(name) != 0) return unsupported("no cut at '" + name + "'");
        const float b = value(name, false, wanted, given);
        const float a = value(name, true, wanted, given);
        result.baseline.push_back({name, pair_of(b, b)});
        result.contender.push_back({name, pair_of(a, a)});
      }
      return result;
    };
  }
};

/// x -> n0 -> n1 -> ... in a line, tensor i is "t<i>".
Bench line(int length, int wrong) {
  Bench bench;
  for (int i = 0; i < length; ++i) {
    const std::string before = i == 0 ? "x" : "t" + std::to_string(i - 1);
    bench.nodes.push_back(
        {"n" + std::to_string(i), "Add", 17, {before}, {"t" + std::to_string(i)}});
  }
  bench.outputs = {"t" + std::to_string(length - 1)};
  bench.wrong = "n" + std::to_string(wrong);
  return bench;
}

Divergence search(Bench& bench, const DivergenceOptions& options = {}) {
  auto found = find_divergence(bench.nodes, bench.outputs, bench.runner(), options);
  REQUIRE(found);
  return *found;
}

}  // namespace

TEST_CASE("every position in a line is found in about log2 n runs") {
  constexpr int kLength = 100;
  for (int wrong = 0; wrong < kLength; ++wrong) {
    Bench bench = line(kLength, wrong);
    const Divergence found = search(bench);
    REQUIRE(found.found);
    CHECK(found.node.name == "n" + std::to_string(wrong));
    CHECK(found.confirmed);
    CHECK(found.notes.empty());
    CHECK(bench.runs <= 8 + 2);  // the whole, ceil(log2 100) cuts, the confirmation, the node alone
    REQUIRE(found.after.size() == 1);
    // The baseline has 10 + wrong + 1 there, the contender one more.
    CHECK(found.after[0].rel_l2 == Approx(1.0 / (11 + wrong)));
    CHECK(found.after[0].snr_db == Approx(20.0 * std::log10(11 + wrong)));
    if (wrong > 0) {
      REQUIRE(found.before.size() == 1);
      CHECK(found.before[0].rel_l2 == 0.0);
      REQUIRE(found.alone.size() == 1);
      CHECK(found.alone[0].rel_l2 > 0.0);
    }
  }
}

TEST_CASE("branches: the wrong node is found though cuts go through others") {
  // Two lines that meet; only the second one is wrong.
  for (int wrong = 0; wrong < 6; ++wrong) {
    Bench bench;
    for (int i = 0; i < 6; ++i) {
      const std::string n = std::to_string(i);
      const std::string before = std::to_string(i - 1);
      bench.nodes.push_back({"a" + n, "Add", 17, {i == 0 ? "x" : "ta" + before}, {"ta" + n}});
      bench.nodes.push_back({"b" + n, "Mul", 17, {i == 0 ? "x" : "tb" + before}, {"tb" + n}});
    }
    bench.nodes.push_back({"join", "Concat", 17, {"ta5", "tb5"}, {"y"}});
    bench.outputs = {"y"};
    bench.wrong = "b" + std::to_string(wrong);
    const Divergence found = search(bench);
    REQUIRE(found.found);
    CHECK(found.node.name == bench.wrong);
    CHECK(found.node.op == "Mul");
    CHECK(found.confirmed);
  }
}

TEST_CASE("a node that is wrong only when fused is named as such") {
  Bench bench = line(20, 7);
  bench.fused = true;
  const Divergence found = search(bench);
  REQUIRE(found.found);
  CHECK(found.node.name == "n7");
  CHECK_FALSE(found.confirmed);
  REQUIRE(found.notes.size() == 1);
  CHECK(found.notes[0].find("fuses") != std::string::npos);
  REQUIRE(found.alone.size() == 1);
  CHECK(found.alone[0].rel_l2 == 0.0);
}

TEST_CASE("cuts that cannot be run are passed over, and the range is told") {
  Bench bench = line(20, 7);
  bench.cannot = {"t9", "t4"};
  CHECK(search(bench).node.name == "n7");
  bench = line(20, 7);
  bench.cannot = {"t5", "t6", "t7", "t8"};
  const Divergence found = search(bench);
  CHECK(found.found);
  CHECK_FALSE(found.confirmed);
  REQUIRE_FALSE(found.notes.empty());
  CHECK(found.notes[0].find("between 'n5' (Add) and 'n9' (Add)") != std::string::npos);
  bench = line(5, 2);
  bench.cannot = {"t4"};
  CHECK(find_divergence(bench.nodes, bench.outputs, bench.runner()).error().code ==
        Errc::unsupported);
}

TEST_CASE("nothing is named when the outputs agree") {
  Bench bench = line(9, 100);
  const Divergence found = search(bench);
  CHECK_FALSE(found.found);
  CHECK(bench.runs == 1);
  REQUIRE(found.notes.size() == 1);
  DivergenceOptions loose;
  loose.tolerance = 0.5;
  bench = line(9, 3);
  CHECK_FALSE(search(bench, loose).found);
}

TEST_CASE("a difference that is swallowed and comes back is called not monotonic") {
  // Three nodes; the first is wrong, the cut after the second hides it, the last shows it.
  const std::vector<LayerNode> nodes = {{"n0", "A", 17, {"x"}, {"t0"}},
                                        {"n1", "B", 17, {"t0"}, {"t1"}},
                                        {"n2", "C", 17, {"t1"}, {"t2"}}};
  const CutRunner run = [](const std::vector<std::string>& wanted,
                           const std::vector<NamedTensor>&) -> Result<CutOutputs> {
    CutOutputs result;
    for (const std::string& name : wanted) {
      // t1 agrees when it is the last output; with t2 beside it, it does not.
      const bool wrong = name != "t1" || wanted.size() > 1;
      result.baseline.push_back({name, pair_of(1, 1)});
      result.contender.push_back({name, pair_of(wrong ? 2 : 1, 1)});
    }
    return result;
  };
  const auto found = find_divergence(nodes, {"t2"}, run);
  REQUIRE(found);
  CHECK(found->node.name == "n2");
  CHECK_FALSE(found->confirmed);
  REQUIRE_FALSE(found->notes.empty());
  CHECK(found->notes[0].find("not monotonic") != std::string::npos);
}

TEST_CASE("the table has every tensor in order") {
  Bench bench = line(10, 4);
  DivergenceOptions options;
  options.table = true;
  options.table_chunk = 3;
  const Divergence found = search(bench, options);
  REQUIRE(found.table.size() == 10);
  REQUIRE(found.table_nodes.size() == 10);
  for (int i = 0; i < 10; ++i) {
    CHECK(found.table[i].tensor == "t" + std::to_string(i));
    CHECK((found.table[i].rel_l2 > 0.0) == (i >= 4));
  }
  CHECK(found.table_nodes[4] == "'n4' (Add)");
}

TEST_CASE("one tensor of two engines") {
  const auto list = [](Tensor tensor) {
    return std::vector<NamedTensor>{{"t", std::move(tensor)}};
  };
  const auto base = list(pair_of(3, 4));
  CHECK(compare_layer("t", base, base).rel_l2 == 0.0);
  CHECK(compare_layer("t", list(pair_of(3, 9)), base).rel_l2 == Approx(1.0));  // 5 / |(3,4)|
  CHECK_FALSE(compare_layer("t", {}, base).compared);
  const auto row =
      compare_layer("t", list(Tensor::from_float(std::vector<float>{3, 4}, {1, 2})), base);
  CHECK(row.compared);
  CHECK(row.rel_l2 == 0.0);
  CHECK_FALSE(
      compare_layer("t", list(Tensor::from_int64(std::vector<std::int64_t>{3, 4})), base).compared);
  CHECK(std::isinf(
      compare_layer("t", list(Tensor::from_float(std::vector<float>{3}, {1})), base).rel_l2));
  CHECK(std::isinf(compare_layer("t", list(pair_of(3, NAN)), base).rel_l2));
}

TEST_CASE("average precision, by hand") {
  const std::vector<ScoredBox> truth = {
      {0, 0, 10, 10, 1, 0}, {20, 0, 30, 10, 1, 0}, {0, 0, 5, 5, 1, 1}};
  CHECK(mean_average_precision(truth, truth, 0.5) == 1.0);
  CHECK(mean_average_precision({}, truth, 0.5) == 0.0);
  CHECK(mean_average_precision({}, {}, 0.5) == 1.0);
  // Label 0: a hit, a miss, a hit: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1: 1/2 + 1/2 * 2/3.
  // Label 1: half the width, IoU 1/2: counts at 0.5 and not at 0.55.
  const std::vector<ScoredBox> found = {{0, 0, 10, 10, 0.9, 0},
                                        {50, 50, 60, 60, 0.8, 0},
                                        {20, 0, 30, 10, 0.7, 0},
                                        {0, 0, 5, 2.5, 0.9, 1}};
  CHECK(mean_average_precision(found, truth, 0.5) == Approx((5.0 / 6.0 + 1.0) / 2.0));
  CHECK(mean_average_precision(found, truth, 0.55) == Approx(5.0 / 12.0));
}
