#include "onnx/extract.h"

#include <algorithm>
#include <fstream>

#include <catch2/catch.hpp>

#include "graph/infer.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"

using namespace vernier;
namespace ow = onnx_writer;

namespace {

const std::vector<ow::Dim> kFour = {std::int64_t{4}};

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// x -> Mul(w1) -> a -> Relu -> b -> Add(w2) -> y; x -> Neg -> c -> Sub(b) -> z
ow::GraphParts branches() {
  return {
      {ow::node("Mul", {"x", "w1"}, {"a"}, {}, "mul"), ow::node("Relu", {"a"}, {"b"}, {}, "relu"),
       ow::node("Neg", {"x"}, {"c"}, {}, "neg"), ow::node("Add", {"b", "w2"}, {"y"}, {}, "add"),
       ow::node("Sub", {"c", "b"}, {"z"}, {}, "sub")},
      {ow::value("x", 1, kFour)},
      {ow::value("y", 1, kFour), ow::value("z", 1, kFour)},
      {ow::tensor_floats("w1", {4}, {1, 2, 3, 4}), ow::tensor_floats("w2", {4}, {5, 6, 7, 8})}};
}

std::vector<std::string> ops(const Model& model) {
  std::vector<std::string> names;
  const auto order = model.graph.topological_order();
  REQUIRE(order);
  for (const NodeId id : *order) names.emplace_back(model.graph.node(id).op->name);
  return names;
}

struct Extraction {
  TempDir dir;
  Result<onnx::ModelExtractor> extractor = internal_error("not opened");
  explicit Extraction(const std::string& model) {
    put(dir.file("m.onnx"), model);
    extractor = onnx::ModelExtractor::open(dir.file("m.onnx"));
  }
  Result<Model> cut(const onnx::ExtractRequest& request) {
    REQUIRE(extractor);
    auto written = extractor->write(request, dir.file("cut.onnx"));
    if (!written) return written.error();
    summary = *written;
    CHECK(summary.bytes == bytes_of(dir.file("cut.onnx")).size());
    return onnx::import_model(dir.file("cut.onnx"));
  }
  onnx::ExtractSummary summary;
};

}  // namespace

TEST_CASE("a part holds the ancestors of its outputs and nothing else") {
  Extraction e(ow::model(branches()));
  onnx::ExtractRequest request;
  request.outputs = {"b"};
  request.types["b"] = ValueType::of(DType::float32, {Dim::known(4)});
  const auto part = e.cut(request);
  REQUIRE(part);
  CHECK(ops(*part) == std::vector<std::string>{"Mul", "Relu"});
  CHECK(e.summary.nodes == 2);
  CHECK(e.summary.initializers == 1);
  REQUIRE(part->graph.outputs.size() == 1);
  CHECK(part->graph.outputs[0].name == "b");
  CHECK(to_string(part->graph.value(part->graph.outputs[0].value).type) == "float[4]");
  CHECK_FALSE(bytes_of(e.dir.file("cut.onnx")).find("w2") != std::string::npos);
}

TEST_CASE("outputs keep the order in which they are asked for") {
  Extraction e(ow::model(branches()));
  const auto part = e.cut({{"z", "a", "c"}, {}, {}});
  REQUIRE(part);
  REQUIRE(part->graph.outputs.size() == 3);
  CHECK(part->graph.outputs[0].name == "z");
  CHECK(part->graph.outputs[1].name == "a");
  CHECK(part->graph.outputs[2].name == "c");
  CHECK(ops(*part).size() == 4);
}

TEST_CASE("a part may begin at tensors inside the model") {
  Extraction e(ow::model(branches()));
  onnx::ExtractRequest request{{"y"}, {"b"}, {}};
  CHECK(e.cut(request).error().id == "E-EXTRACT-TYPE");
  request.types["b"] = ValueType::of(DType::float32, {Dim::named("N")});
  const auto part = e.cut(request);
  REQUIRE(part);
  CHECK(ops(*part) == std::vector<std::string>{"Add"});
  REQUIRE(part->graph.inputs.size() == 1);
  CHECK(part->graph.inputs[0].name == "b");
  CHECK(to_string(part->graph.value(part->graph.inputs[0].value).type) == "float[N]");
  request.outputs = {"z"};  // it needs x as well, by way of Neg
  CHECK(e.cut(request).error().id == "E-EXTRACT-INPUT");
}

TEST_CASE("what cannot be cut is said") {
  Extraction e(ow::model(branches()));
  CHECK(e.cut({{"nothing"}, {}, {}}).error().id == "E-EXTRACT-NAME");
  CHECK(e.cut({{"x"}, {}, {}}).error().id == "E-EXTRACT-NAME");
  CHECK(e.cut({{"w1"}, {}, {}}).error().id == "E-EXTRACT-NAME");
  CHECK(e.cut({{"b", "b"}, {}, {}}).error().id == "E-EXTRACT-NAME");
  CHECK(e.cut({{}, {}, {}}).error().id == "E-EXTRACT-NAME");
  CHECK(e.cut({{"b"}, {"q"}, {}}).error().id == "E-EXTRACT-NAME");
  CHECK(e.extractor->write({{"b"}, {}, {}}, "/nonexistent/cut.onnx").error().code == Errc::output);
}

TEST_CASE("tensors that bodies use from outside come along") {
  const auto body = [](const char* op, const char* out) {
    return ow::graph(
        {{ow::node(op, {"outer", "k"}, {out})}, {}, {ow::value(out, 1, kFour)}, {}, {}});
  };
  ow::GraphParts parts{{ow::node("Relu", {"x"}, {"outer"}), ow::node("Neg", {"x"}, {"unused"}),
                        ow::node("If", {"cond"}, {"y"},
                                 {ow::attr_graph("then_branch", body("Add", "t")),
                                  ow::attr_graph("else_branch", body("Sub", "e"))})},
                       {ow::value("x", 1, kFour), ow::value("cond", 9, {})},
                       {ow::value("y", 1, kFour)},
                       {ow::tensor_floats("k", {4}, {1, 1, 1, 1})}};
  Extraction e(ow::model(parts));
  REQUIRE(e.extractor);
  const auto& outline = e.extractor->outline();
  REQUIRE(outline.nodes.size() == 3);
  CHECK(outline.nodes[2].inputs == std::vector<std::string>{"cond", "outer"});
  CHECK(outline.nodes[2].opset == 17);
  const auto part = e.cut({{"y"}, {}, {}});
  REQUIRE(part);
  CHECK(ops(*part) == std::vector<std::string>{"Relu", "If"});
  CHECK(e.summary.initializers == 1);
}

TEST_CASE("initializers that old files list among the inputs") {
  ow::GraphParts parts = branches();
  parts.inputs.push_back(ow::value("w1", 1, kFour));
  parts.inputs.push_back(ow::value("w2", 1, kFour));
  Extraction e(ow::model(parts, 9, {}, 3));
  REQUIRE(e.extractor);
  CHECK(e.extractor->outline().inputs == std::vector<std::string>{"x"});
  const auto part = e.cut({{"a"}, {}, {}});
  REQUIRE(part);
  CHECK(part->graph.inputs.size() == 1);
  CHECK_FALSE(bytes_of(e.dir.file("cut.onnx")).find("w2") != std::string::npos);
}

TEST_CASE("weights in other files stay where they are") {
  ow::GraphParts parts = branches();
  parts.initializers[0] =
      ow::tensor_external("w1", 1, {4}, {{"location", "weights.bin"}, {"length", "16"}});
  Extraction e(ow::model(parts));
  put(e.dir.file("weights.bin"), ow::raw(std::vector<float>{1, 2, 3, 4}));
  const auto beside = e.cut({{"a"}, {}, {}});
  REQUIRE(beside);
  CHECK(e.summary.external_data);
  const TempDir elsewhere;
  const auto away = e.extractor->write({{"a"}, {}, {}}, elsewhere.file("cut.onnx"));
  CHECK(away.error().id == "E-EXTRACT-EXTERNAL");
  CHECK(e.extractor->write({{"c"}, {}, {}}, elsewhere.file("cut.onnx")));
}

TEST_CASE("operators and fields that vernier does not know are copied as they are") {
  ow::GraphParts parts{{ow::node("Mystery", {"x"}, {"a"}, {ow::attr_int("secret", 42)}, "m", "my"),
                        ow::node("Relu", {"a"}, {"y"})},
                       {ow::value("x", 1, kFour)},
                       {ow::value("y", 1, kFour)}};
  const std::string model = ow::model(parts) + ow::text(8, ow::opset_import("my", 3)) +
                            ow::text(200, "future") + ow::text(14, ow::entry("key", "kept"));
  Extraction e(model);
  REQUIRE(e.extractor);
  CHECK(e.extractor->outline().nodes[0].domain == "my");
  CHECK(e.extractor->outline().nodes[0].opset == 3);
  REQUIRE(e.extractor->write({{"a"}, {}, {}}, e.dir.file("cut.onnx")));
  const std::string cut = bytes_of(e.dir.file("cut.onnx"));
  for (const char* part : {"Mystery", "secret", "future", "kept"}) {
    CHECK(cut.find(part) != std::string::npos);
  }
  CHECK(cut.find("Relu") == std::string::npos);
}

TEST_CASE("hostile files are errors") {
  const std::string good = ow::model(branches());
  for (std::size_t size = 0; size < good.size(); ++size) {
    Extraction e(good.substr(0, size));
    if (e.extractor) (void)e.extractor->write({{"b"}, {}, {}}, e.dir.file("cut.onnx"));
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x5A);
    Extraction e(bad);
    if (e.extractor) (void)e.extractor->write({{"b"}, {}, {}}, e.dir.file("cut.onnx"));
  }
  ow::GraphParts parts = branches();
  std::swap(parts.nodes[0], parts.nodes[1]);
  CHECK(Extraction(ow::model(parts)).extractor.error().id == "E-MODEL-ORDER");
  parts = branches();
  parts.nodes.push_back(ow::node("Neg", {"x"}, {"b"}));
  CHECK(Extraction(ow::model(parts)).extractor.error().id == "E-MODEL-SSA");
  CHECK(Extraction(ow::number(1, 8)).extractor.error().id == "E-MODEL-PARSE");
}
