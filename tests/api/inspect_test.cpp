#include "vernier/inspect.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <limits>

#include "support/onnx_writer.h"
#include "support/temp_dir.h"

using namespace vernier;
namespace ow = onnx_writer;

namespace {

Result<InspectReport> inspect_bytes(const std::string& bytes, const InspectOptions& options = {}) {
  const TempDir dir;
  const std::string path = dir.file("model.onnx");
  std::ofstream(path, std::ios::binary) << bytes;
  return inspect(path, options);
}

/// The most memory that this process ever had resident.
long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

TEST_CASE("multiply-accumulates stop at the largest number", "[api]") {
  const auto line = [](const char* name) { return ow::value(name, 1, {std::int64_t{10'000'000}}); };
  const auto einsum = [](const char* y) {
    return ow::node("Einsum", {"a", "b", "c"}, {y}, {ow::attr_string("equation", "i,j,k->")});
  };
  const auto report = inspect_bytes(ow::model({{einsum("y"), einsum("z")},
                                               {line("a"), line("b"), line("c")},
                                               {ow::value("y", 1, {}), ow::value("z", 1, {})}}));
  REQUIRE(report);
  CHECK(report->macs == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("reading a model keeps to the memory limit from the first byte", "[api]") {
  // One number among a hundred million: 400 MB when written out.
  constexpr std::int64_t kElements = 100'000'000;
  const auto sparse = ow::text(1, ow::tensor_floats("w", {1}, {1})) +
                      ow::text(2, ow::tensor_ints("", {1}, {5})) + ow::number(3, kElements);
  const auto graph = ow::graph({{ow::node("Add", {"x", "w"}, {"y"})},
                                {ow::value("x", 1, {kElements})},
                                {ow::value("y", 1, {kElements})}}) +
                     ow::text(15, sparse);
  InspectOptions options;
  options.model.max_memory_bytes = 50'000'000;
  const long before = peak_kilobytes();
  const auto report = inspect_bytes(ow::model(graph), options);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == Errc::limit);
  CHECK(peak_kilobytes() - before < 100'000);
}

TEST_CASE("what is not supported is listed with its reason", "[api]") {
  const auto report = inspect_bytes(
      ow::model({{ow::node("Frobnicate", {"x"}, {"a"}, {}, "one"),
                  ow::node("Frobnicate", {"a"}, {"b"}, {}, "two"), ow::node("Relu", {"b"}, {"c"}),
                  ow::node("Sing", {"c"}, {"y"}, {}, "three", "com.example")},
                 {ow::value("x", 1, {std::int64_t{2}})},
                 {ow::value("y", 1, {std::int64_t{2}})}}));
  REQUIRE(report);
  REQUIRE(report->unsupported.size() == 2);
  CHECK(report->unsupported[1].op == "Sing");
  CHECK(report->unsupported[1].domain == "com.example");
  CHECK(report->unsupported[1].nodes == 1);
  CHECK(report->unsupported[0].op == "Frobnicate");
  CHECK(report->unsupported[0].domain == "ai.onnx");
  CHECK(report->unsupported[0].opset == 17);
  CHECK(report->unsupported[0].nodes == 2);
  CHECK(report->unsupported[0].first_node == "one");
  CHECK_FALSE(report->unsupported[0].why.empty());
  REQUIRE(report->refusal);
  CHECK(report->refusal->code == Errc::unsupported);
  CHECK(report->operators.at("Frobnicate") == 2);
  CHECK(report->node_count == 4);
  CHECK(report->ir_version == 8);
  CHECK_FALSE(report->planned);
  const std::string json = to_json(*report);
  CHECK(json.find("\"op\": \"Sing\"") != std::string::npos);
}

TEST_CASE("a node that the importer refuses is listed too", "[api]") {
  const auto report = inspect_bytes(
      ow::model({{ow::node("Relu", {"x"}, {"y"}, {ow::attr_int("strength", 3)}, "odd")},
                 {ow::value("x", 1, {std::int64_t{2}})},
                 {ow::value("y", 1, {std::int64_t{2}})}}));
  REQUIRE(report);
  REQUIRE(report->unsupported.size() == 1);
  CHECK(report->unsupported[0].op == "Relu");
  CHECK(report->unsupported[0].first_node == "odd");
  CHECK(report->unsupported[0].why.find("strength") != std::string::npos);
}
