#include "api/quantize_score.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "api/quantize_data.h"
#include "api/quantize_model.h"
#include "graph/graph.h"
#include "support/temp_dir.h"
#include "tensor/npy.h"

using namespace vernier;

namespace {

class NamedSamples final : public SampleSource {
 public:
  [[nodiscard]] std::int64_t count() const override { return 3; }
  [[nodiscard]] std::string text() const override { return "three"; }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return "folder/" + std::string(1, static_cast<char>('a' + index)) + " b.png";
  }
  Result<std::vector<Tensor>> load(std::int64_t) override { return std::vector<Tensor>(); }
};

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

Graph graph_with_output(const ValueType& type) {
  Graph graph;
  const ValueId value = graph.add_value("y");
  graph.set_type(value, type);
  graph.outputs.push_back({"y", value});
  return graph;
}

Tensor rows(const std::vector<float>& values, std::int64_t classes) {
  auto tensor = Tensor::allocate(
      DType::float32, Shape{static_cast<std::int64_t>(values.size()) / classes, classes});
  REQUIRE(tensor);
  std::copy(values.begin(), values.end(), tensor->mutable_as<float>());
  return std::move(*tensor);
}

const ValueType kClasses = ValueType::of(DType::float32, Shape{1, 3});

}  // namespace

TEST_CASE("labels are read by name, by order and from arrays", "[api]") {
  const TempDir dir;
  const NamedSamples samples;
  write(dir.file("named.csv"), "# name, class\nc b.png,7\nfolder/a b.png\t 2\r\n\n");
  auto named = read_labels(dir.file("named.csv"), samples);
  REQUIRE(named);
  CHECK(*named == Labels{{0, 2}, {2, 7}});
  write(dir.file("plain.txt"), "4\n5\n6\n");
  auto plain = read_labels(dir.file("plain.txt"), samples);
  REQUIRE(plain);
  CHECK(*plain == Labels{{0, 4}, {1, 5}, {2, 6}});
  auto array = Tensor::allocate(DType::uint8, Shape{3});
  REQUIRE(array);
  for (std::uint8_t i = 0; i < 3; ++i) array->mutable_as<std::uint8_t>()[i] = 200 + i;
  REQUIRE(write_npy_file(dir.file("l.npy"), array->view()));
  auto read = read_labels(dir.file("l.npy"), samples);
  REQUIRE(read);
  CHECK(*read == Labels{{0, 200}, {1, 201}, {2, 202}});
}

TEST_CASE("labels that fit no sample are refused with their line", "[api]") {
  const TempDir dir;
  const NamedSamples samples;
  const auto refused = [&](const std::string& text, const std::string& part) {
    write(dir.file("l.txt"), text);
    const auto labels = read_labels(dir.file("l.txt"), samples);
    REQUIRE_FALSE(labels);
    CHECK(labels.error().code == Errc::invalid_data);
    INFO(labels.error().message);
    CHECK(labels.error().message.find(part) != std::string::npos);
  };
  refused("a b.png,1\nz.png,2\n", "line 2");
  refused("a b.png,one\n", "no class number");
  refused("-1\n", "no class number");
  refused("1\n2\n3\n4\n", "fewer samples");
  refused("# nothing\n", "no labels");
}

TEST_CASE("the metric follows from labels and outputs", "[api]") {
  const Graph classes = graph_with_output(kClasses);
  const Graph boxes = graph_with_output(ValueType::of(DType::float32, Shape{1, 84, 100}));
  CHECK(Scorer::make(classes, "auto", {})->kind() == ScoreKind::agreement);
  CHECK(Scorer::make(classes, "auto", {{0, 1}})->kind() == ScoreKind::accuracy);
  CHECK(Scorer::make(boxes, "auto", {})->kind() == ScoreKind::rel_l2);
  CHECK(Scorer::make(boxes, "map50", {})->kind() == ScoreKind::map50);
  for (const auto& refused :
       {Scorer::make(boxes, "agreement", {}), Scorer::make(classes, "accuracy", {}),
        Scorer::make(classes, "best", {})}) {
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::usage);
  }
}

TEST_CASE("agreement asks fp32, accuracy the labels", "[api]") {
  const Graph graph = graph_with_output(kClasses);
  const std::vector<Tensor> want = {rows({0, 1, 0, 5, 1, 1}, 3)};  // classes 1, 0
  const std::vector<Tensor> got = {rows({0, 1, 0, 1, 1, 6}, 3)};   // classes 1, 2
  const auto agreement = Scorer::make(graph, "auto", {})->score(0, {}, want, got);
  REQUIRE(agreement);
  CHECK((*agreement)->before == 1.0);
  CHECK((*agreement)->after == 0.5);
  auto scorer = Scorer::make(graph, "auto", {{0, 2}, {1, 3}});
  const auto accuracy = scorer->score(0, {}, want, got);
  REQUIRE(accuracy);
  CHECK((*accuracy)->before == 0.0);
  CHECK((*accuracy)->after == 0.5);
  CHECK_FALSE(scorer->score(2, {}, want, got)->has_value());  // no label
  CHECK_FALSE(scorer->score(1, {}, want, got));               // class 3 of 3
}

TEST_CASE("without classes the worst relative difference counts", "[api]") {
  const Graph graph = graph_with_output(ValueType::of(DType::float32, Shape{4}));
  const std::vector<Tensor> want = {rows({3, 0, 4, 0}, 2), rows({1, 0}, 2)};
  const std::vector<Tensor> got = {rows({3, 0, 4, 1}, 2), rows({1, 0}, 2)};
  const auto score = Scorer::make(graph, "auto", {})->score(0, {}, want, got);
  REQUIRE(score);
  CHECK((*score)->before == 0.0);
  CHECK((*score)->after == Approx(-0.2));
}

TEST_CASE("outputs that are mostly noise are warned of, unless a budget was asked for", "[api]") {
  QuantizeReport report;
  report.outputs = {{"fine", 25.0, std::nullopt},
                    {"noise", 5.75, std::nullopt},
                    {"less", 9.9, 0.5},
                    {"classes", 3.0, 0.97}};
  report.first_broken = "conv1";
  SECTION("the worst one is named, with the figure and where it begins") {
    warn_of_noise("do this", report);
    REQUIRE(report.warnings.size() == 1);
    CHECK(report.warnings.front() ==
          "output 'noise' has an SQNR of 5.8 dB on the judging samples: it is mostly noise, which "
          "begins at tensor 'conv1' (do this)");
    CHECK(to_json(report).find("begins at tensor 'conv1'") != std::string::npos);
  }
  SECTION("10 dB are enough, and so are classes that stay the same") {
    report.outputs.erase(report.outputs.begin() + 1, report.outputs.begin() + 3);
    warn_of_noise("do this", report);
    CHECK(report.warnings.empty());
  }
  SECTION("a budget was asked for") {
    report.max_drop = 0.5;
    warn_of_noise("do this", report);
    CHECK(report.warnings.empty());
  }
}
