#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "onnx/import.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"
#include "tensor/npz.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

vernier::Model imported(const std::string& path) {
  auto model = vernier::onnx::import_model(path);
  INFO((model ? std::string() : model.error().message));
  REQUIRE(model);
  return *std::move(model);
}

/// Element types of the weights, most frequent use: are they all halves?
int weights_of(const vernier::Model& model, vernier::DType dtype) {
  int count = 0;
  for (std::size_t i = 0; i < model.graph.value_count(); ++i) {
    const auto& constant = model.graph.value(static_cast<vernier::ValueId>(i)).constant;
    count += constant && constant->dtype() == dtype ? 1 : 0;
  }
  return count;
}

std::vector<std::pair<std::string, vernier::Tensor>> outputs_of(const std::string& model,
                                                                const std::string& inputs,
                                                                const TempDir& dir) {
  std::vector<std::string> command = {"run", model, "--output", dir.file("seen.npz")};
  if (!inputs.empty()) command.insert(command.end(), {"--input", inputs});
  const auto outcome = program(command);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  auto archive = vernier::NpzReader::open(dir.file("seen.npz"));
  REQUIRE(archive);
  std::vector<std::pair<std::string, vernier::Tensor>> all;
  for (const auto& entry : archive->entries()) {
    auto tensor = archive->read(entry.name);
    REQUIRE(tensor);
    all.emplace_back(entry.name, *tensor);
  }
  return all;
}

bool equal_bits(const vernier::Tensor& a, const vernier::Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), a.byte_count()) == 0;
}

std::string pictures() {
  return "image=" + std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz:image";
}

/// One float[4] input and output.
std::string model_with(const std::vector<ow::Bytes>& nodes, const std::vector<ow::Bytes>& weights) {
  return ow::model({nodes,
                    {ow::value("x", 1, {std::int64_t{1}, std::int64_t{4}})},
                    {ow::value("y", 1, {std::int64_t{1}, std::int64_t{4}})},
                    weights,
                    {}});
}

struct Overflow {
  const char* what;
  std::string model;
};

/// Models whose float16 form gives infinities or NaN when every node is converted.
std::vector<Overflow> overflows() {
  std::vector<Overflow> all;
  all.push_back({"variance of a layer normalisation",
                 model_with({ow::node("Mul", {"x", "big"}, {"a"}),
                             ow::node("ReduceMean", {"a"}, {"m"}, {ow::attr_ints("axes", {1})}),
                             ow::node("Sub", {"a", "m"}, {"d"}), ow::node("Mul", {"d", "d"}, {"q"}),
                             ow::node("ReduceMean", {"q"}, {"v"}, {ow::attr_ints("axes", {1})}),
                             ow::node("Sqrt", {"v"}, {"s"}), ow::node("Div", {"d", "s"}, {"y"})},
                            {ow::tensor_floats("big", {1}, {900.0F})})});
  all.push_back({"attention mask",
                 model_with({ow::node("Add", {"x", "mask"}, {"a"}),
                             ow::node("Softmax", {"a"}, {"y"}, {ow::attr_int("axis", 1)})},
                            {ow::tensor_floats("mask", {1, 4}, {0.0F, -1e9F, 0.0F, -1e9F})})});
  all.push_back({"constants of 1e5", model_with({ow::node("Mul", {"x", "big"}, {"a"}),
                                                 ow::node("Div", {"a", "big"}, {"y"})},
                                                {ow::tensor_floats("big", {1}, {1e5F})})});
  all.push_back({"Exp", model_with({ow::node("Mul", {"x", "k"}, {"a"}),
                                    ow::node("Exp", {"a"}, {"e"}), ow::node("Log", {"e"}, {"y"})},
                                   {ow::tensor_floats("k", {1}, {15.0F})})});
  all.push_back(
      {"ReduceSum",
       model_with(
           {ow::node("Mul", {"x", "x"}, {"q"}), ow::node("Mul", {"q", "k"}, {"p"}),
            ow::node("Expand", {"p", "shape"}, {"w"}), ow::node("ReduceSum", {"w", "axis"}, {"s"}),
            ow::node("Sqrt", {"s"}, {"r"}), ow::node("Div", {"x", "r"}, {"y"})},
           {ow::tensor_floats("k", {1}, {300.0F}), ow::tensor_ints("axis", {1}, {0}),
            ow::tensor_ints("shape", {2}, {512, 4})})});
  return all;
}

/// sin(1000.3 x) times a matrix. Rounded to fp16 the factor is 1000.5, and outputs
/// are off by a tenth. Most of the file is a table of integers, of which a 0 is added.
std::string model_with_table(std::int64_t size) {
  std::vector<float> weights(static_cast<std::size_t>(size * size));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(static_cast<int>(i * 37 % 11) - 5) / 8.0F;
  }
  std::vector<ow::Bytes> constants = {
      ow::tensor_floats("factor", {1}, {1000.3F}), ow::tensor_ints("first", {1}, {0}),
      ow::tensor_ints("table", {4000}, std::vector<std::int64_t>(4000, 0)),
      ow::tensor_floats("weights", {size, size}, weights)};
  std::vector<ow::Bytes> nodes = {ow::node("Gather", {"table", "first"}, {"entry"}),
                                  ow::node("Cast", {"entry"}, {"zero"}, {ow::attr_int("to", 1)}),
                                  ow::node("Mul", {"x", "factor"}, {"m"}),
                                  ow::node("Sin", {"m"}, {"s"}),
                                  ow::node("Add", {"s", "zero"}, {"a"}),
                                  ow::node("MatMul", {"a", "weights"}, {"y"})};
  const std::vector<ow::Dim> row = {std::int64_t{1}, size};
  return ow::model({nodes, {ow::value("x", 1, row)}, {ow::value("y", 1, row)}, constants, {}});
}

}  // namespace

TEST_CASE("constants stay fp32 within what floats may grow, or beyond that rather than none",
          "[cli]") {
  const TempDir dir;
  for (const std::int64_t size : {64, 24}) {
    INFO(size);
    write_file(dir.file("m.onnx"), model_with_table(size));
    const auto outcome =
        program({"convert", dir.file("m.onnx"), dir.file("half.onnx"), "--to", "fp16", "--json"});
    INFO(outcome.err + outcome.out);
    REQUIRE(outcome.code == 0);
    const auto report = nlohmann::json::parse(outcome.out);
    std::set<std::string> kept;
    for (const auto& node : report["kept_fp32"]) kept.insert(node["op"].get<std::string>());
    CHECK(kept.count("Mul") == 1);
    CHECK(weights_of(imported(dir.file("half.onnx")), vernier::DType::float16) == 1);
    const auto before = report["bytes_before"].get<std::int64_t>();
    const auto after = report["bytes_after"].get<std::int64_t>();
    CHECK(after > before * 52 / 100);  // the table is no float
    const std::int64_t floats = 4 * size * size;
    CHECK(after < before - floats / 4);
    // A node in fp32 costs two Casts, which are less than a fiftieth of the large matrix alone.
    CHECK(has(report["notes"].dump(), "more stays fp32 than half the size") == (size == 24));
  }
}

TEST_CASE("a conversion that is given up leaves no folder behind", "[cli]") {
  const std::string model = cached_file("minilm_l6.onnx");
  if (model.empty()) return;
  const TempDir dir;
  Launch launch;
  launch.signals = {SIGINT};
  launch.signal_delay_ms = 200;
  CHECK(program({"convert", model, dir.file("half.onnx"), "--to", "fp16"}, launch).code == 130);
  CHECK(names_in(dir.path()).empty());
  CHECK(refusal(
            program({"convert", model, dir.file("half.onnx"), "--to", "fp16", "--timeout", "0.2"}),
            6) == "");
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("convert halves a real model's weights and keeps its answers", "[cli]") {
  const TempDir dir;
  for (const std::string type : {"fp16", "bf16"}) {
    INFO(type);
    const auto outcome = program({"convert", fashion_model(), dir.file("half.onnx"), "--to", type});
    INFO(outcome.err + outcome.out);
    REQUIRE(outcome.code == 0);
    REQUIRE(has(outcome.out, "verified over 3 samples"));
    const double ratio = static_cast<double>(std::filesystem::file_size(dir.file("half.onnx"))) /
                         static_cast<double>(std::filesystem::file_size(fashion_model()));
    REQUIRE(ratio <= 0.52);
    const auto model = imported(dir.file("half.onnx"));
    // Scales were folded, and small constants stay whose rounding costs the most.
    REQUIRE(has(outcome.out, "fuse_conv_batch_norm: 5"));
    REQUIRE(weights_of(model,
                       type == "fp16" ? vernier::DType::float16 : vernier::DType::bfloat16) >= 7);
    REQUIRE(model.graph.value(model.graph.inputs[0].value).type.dtype == vernier::DType::float32);
    const auto before = outputs_of(fashion_model(), pictures(), dir);
    const auto after = outputs_of(dir.file("half.onnx"), pictures(), dir);
    const auto& want = before[0].second;
    double error = 0.0;
    double norm = 0.0;
    for (std::int64_t i = 0; i < want.element_count(); ++i) {
      error += std::pow(after[0].second.as<float>()[i] - want.as<float>()[i], 2.0);
      norm += std::pow(want.as<float>()[i], 2.0);
    }
    REQUIRE(error > 0.0);  // it was rounded
    REQUIRE(std::sqrt(error / norm) < (type == "fp16" ? 2e-3 : 2e-2));
  }
}

TEST_CASE("convert to fp16 rounds everything when the limit is wide", "[cli]") {
  const TempDir dir;
  const auto outcome = program({"convert", fashion_model(), dir.file("half.onnx"), "--to", "fp16",
                                "--simplify", "--max-rel-l2", "1e-2"});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  REQUIRE(has(outcome.out, "0 nodes stay fp32"));
  REQUIRE(weights_of(imported(dir.file("half.onnx")), vernier::DType::float32) == 0);
}

TEST_CASE("convert to fp16 with every node kept changes nothing", "[cli]") {
  const TempDir dir;
  std::vector<std::string> command = {"convert", fashion_model(), dir.file("same.onnx"), "--to",
                                      "fp16"};
  for (const char* op :
       {"Conv", "Relu", "MaxPool", "Gemm", "Flatten", "Reshape", "GlobalAveragePool", "Add",
        "BatchNormalization", "ReduceMean", "Clip", "AveragePool"}) {
    const auto model = imported(fashion_model());
    for (std::size_t i = 0; i < model.graph.node_capacity(); ++i) {
      const auto id = static_cast<vernier::NodeId>(i);
      if (!model.graph.alive(id) || !model.graph.node(id).is(op)) continue;
      command.insert(command.end(), {"--keep", op});
      break;
    }
  }
  const auto outcome = program(command);
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  REQUIRE(has(outcome.out, "0 nodes and 0 weights converted, 0 casts added"));
  const auto before = outputs_of(fashion_model(), pictures(), dir);
  const auto after = outputs_of(dir.file("same.onnx"), pictures(), dir);
  REQUIRE(equal_bits(before[0].second, after[0].second));
}

TEST_CASE("convert to fp16 and back", "[cli]") {
  const TempDir dir;
  REQUIRE(
      program({"convert", fashion_model(), dir.file("half.onnx"), "--to", "fp16", "--io", "all"})
          .code == 0);
  const auto half = imported(dir.file("half.onnx"));
  REQUIRE(half.graph.value(half.graph.inputs[0].value).type.dtype == vernier::DType::float16);
  REQUIRE(half.graph.value(half.graph.outputs[0].value).type.dtype == vernier::DType::float16);
  const auto outcome =
      program({"convert", dir.file("half.onnx"), dir.file("back.onnx"), "--to", "fp32"});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  const auto back = imported(dir.file("back.onnx"));
  REQUIRE(weights_of(back, vernier::DType::float16) == 0);
  for (std::size_t i = 0; i < back.graph.node_capacity(); ++i) {
    const auto id = static_cast<vernier::NodeId>(i);
    REQUIRE((!back.graph.alive(id) || !back.graph.node(id).is("Cast")));
  }
}

TEST_CASE("convert to fp16 keeps what would overflow", "[cli]") {
  const TempDir dir;
  for (const Overflow& overflow : overflows()) {
    INFO(overflow.what);
    write_file(dir.file("m.onnx"), overflow.model);
    const auto outcome =
        program({"convert", dir.file("m.onnx"), dir.file("half.onnx"), "--to", "fp16"});
    INFO(outcome.err + outcome.out);
    REQUIRE(outcome.code == 0);
    REQUIRE(has(outcome.out, "stays fp32"));
    // The scalar references compute in float16 where the file says so.
    const auto seen =
        program({"run", dir.file("half.onnx"), "--backend", "reference", "--stats", "--json"});
    REQUIRE(seen.code == 0);
    REQUIRE(has(seen.out, "\"nan\": 0"));
    REQUIRE(has(seen.out, "\"inf\": 0"));
  }
}

TEST_CASE("convert lists what has no form at an opset, and writes nothing", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"), ow::model({{ow::node("Trilu", {"x"}, {"y"}, {}, "act")},
                                            {ow::value("x", 1, {std::int64_t{1}, std::int64_t{4}})},
                                            {ow::value("y", 1, {std::int64_t{1}, std::int64_t{4}})},
                                            {},
                                            {}}));
  const auto outcome =
      program({"convert", dir.file("m.onnx"), dir.file("old.onnx"), "--opset", "13"});
  REQUIRE(refusal(outcome, 4, {"'act' (Trilu)", "begins with opset 14", "E-EXPORT-OPSET"}).empty());
  REQUIRE(names_in(dir.path()) == std::vector<std::string>{"m.onnx"});
}

TEST_CASE("convert: dry run, names and limits", "[cli]") {
  const TempDir dir;
  const auto dry =
      program({"convert", fashion_model(), dir.file("x.onnx"), "--to", "fp16", "--dry-run"});
  REQUIRE(dry.code == 0);
  REQUIRE(names_in(dir.path()).empty());
  REQUIRE(refusal(program({"convert", fashion_model(), dir.file("x.onnx"), "--to", "fp16", "--keep",
                           "no_such"}),
                  2, {"no_such", "E-PRECISION-KEEP"})
              .empty());
  REQUIRE(refusal(program({"convert", fashion_model(), dir.file("x.onnx"), "--rename", "a=b"}), 2,
                  {"E-CONVERT-PORT"})
              .empty());
  REQUIRE(refusal(program({"convert", fashion_model(), dir.file("x.onnx"), "--opset", "99"}), 2,
                  {"E-EXPORT-OPSET"})
              .empty());
  REQUIRE(refusal(program({"convert", fashion_model(), "/nonexistent/x.onnx", "--to", "fp16"}), 8)
              .empty());
  REQUIRE(names_in(dir.path()).empty());
  Launch full;
  full.file_size_blocks = 16;
  REQUIRE(program({"convert", fashion_model(), dir.file("x.onnx"), "--to", "fp16"}, full).code ==
          8);
  REQUIRE(names_in(dir.path()).empty());
}

TEST_CASE("convert fails by its limit and leaves no file", "[cli]") {
  const TempDir dir;
  const auto outcome = program(
      {"convert", fashion_model(), dir.file("x.onnx"), "--to", "bf16", "--max-rel-l2", "1e-9"});
  REQUIRE(outcome.code == 1);
  REQUIRE(has(outcome.out, "DIFFERS"));
  REQUIRE(names_in(dir.path()).empty());
}

TEST_CASE("convert renames, cuts, and moves weights out and back in", "[cli]") {
  const TempDir dir;
  REQUIRE(program({"convert", fashion_model(), dir.file("a.onnx"), "--rename", "logits=scores",
                   "--split-weights"})
              .code == 0);
  REQUIRE(names_in(dir.path()) == std::vector<std::string>{"a.onnx", "a.onnx.data"});
  REQUIRE(program({"convert", dir.file("a.onnx"), dir.file("b.onnx"), "--merge-weights"}).code ==
          0);
  std::filesystem::remove(dir.file("a.onnx.data"));
  const auto before = outputs_of(fashion_model(), pictures(), dir);
  const auto after = outputs_of(dir.file("b.onnx"), pictures(), dir);
  REQUIRE(after[0].first == "scores");
  REQUIRE(equal_bits(before[0].second, after[0].second));
}

TEST_CASE("convert cuts a model whose weights lie beside it", "[cli]") {
  const TempDir dir;
  REQUIRE(program({"convert", fashion_model(), dir.file("a.onnx"), "--split-weights"}).code == 0);
  std::filesystem::create_directory(dir.file("sub"));
  const auto cut =
      program({"convert", dir.file("a.onnx"), dir.file("sub/b.onnx"), "--output-tensor", "conv2"});
  INFO(cut.err);
  REQUIRE(cut.code == 0);
  const auto model = imported(dir.file("sub/b.onnx"));
  REQUIRE(model.graph.outputs.size() == 1);
  REQUIRE(model.graph.outputs[0].name == "conv2");
  REQUIRE(names_in(dir.path()) == std::vector<std::string>{"a.onnx", "a.onnx.data", "sub"});
}

TEST_CASE("bf16: values whose rounding costs too much stay in fp32", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"),
             ow::model({{ow::node("Mul", {"x", "w"}, {"m"}, {}, "scale"),
                         ow::node("Add", {"m", "c"}, {"up"}, {}, "up"),
                         ow::node("Sub", {"up", "c"}, {"down"}, {}, "down"),
                         ow::node("Sigmoid", {"down"}, {"y"}, {}, "gate")},
                        {ow::value("x", 1, {ow::Dim(4096)})},
                        {ow::value("y", 1, {ow::Dim(4096)})},
                        {ow::tensor_floats("w", {4096}, std::vector<float>(4096, 0.5F)),
                         ow::tensor_floats("c", {1}, {256.0F})},
                        {}}));
  const auto outcome = program(
      {"convert", dir.file("m.onnx"), dir.file("b.onnx"), "--to", "bf16", "--nodes", "--json"});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  const auto report = nlohmann::json::parse(outcome.out);
  CHECK(has(report["notes"].dump(), "rounding all that bf16 nodes make"));
  std::set<std::string> costly;
  for (const auto& kept : report["kept_fp32"]) {
    if (has(kept["reason"].get<std::string>(), "reads or makes")) costly.insert(kept["node"]);
  }
  CHECK(costly == std::set<std::string>{"up", "down"});
}

TEST_CASE("a branch that fixed sizes rule out leaves the file", "[cli]") {
  const TempDir dir;
  // c ? sum over the first axis : what is left when that axis has one element.
  const auto branch = [](const ow::Bytes& node) {
    return ow::graph({{node}, {}, {ow::value("r", 1, {"a", "b"})}});
  };
  write_file(
      dir.file("any.onnx"),
      ow::model(
          {{ow::node(
               "If", {"c"}, {"y"},
               {ow::attr_graph("then_branch", branch(ow::node("ReduceSum", {"x", "zero"}, {"r"},
                                                              {ow::attr_int("keepdims", 0)}))),
                ow::attr_graph("else_branch", branch(ow::node("Squeeze", {"x", "zero"}, {"r"})))},
               "choose")},
           {ow::value("x", 1, {"t", std::int64_t{1}, std::int64_t{3}}), ow::value("c", 9, {})},
           {ow::value("y", 1, {std::int64_t{1}, std::int64_t{3}})},
           {ow::tensor_ints("zero", {1}, {0})},
           {}}));
  auto yes = vernier::Tensor::allocate(vernier::DType::boolean, vernier::Shape{});
  REQUIRE(yes);
  *yes->mutable_as<bool>() = true;
  auto writer = vernier::NpzWriter::open(dir.file("in.npz"));
  REQUIRE(writer);
  const auto x = vernier::Tensor::from_float(std::vector<float>{1, 2, 3, 10, 20, 30}, {2, 1, 3});
  REQUIRE(writer->add("x", x.view()));
  REQUIRE(writer->add("c", yes->view()));
  REQUIRE(writer->commit());
  for (const bool simplify : {false, true}) {
    std::vector<std::string> command = {
        "convert", dir.file("any.onnx"), dir.file("two.onnx"), "--shape", "x=2x1x3",
        "--input", dir.file("in.npz")};
    if (simplify) command.emplace_back("--simplify");
    const auto outcome = program(command);
    INFO(outcome.err + outcome.out);
    REQUIRE(outcome.code == 0);
    CHECK(has(outcome.out, "'choose' (If): always the then branch"));
    const auto model = imported(dir.file("two.onnx"));
    CHECK(model.graph.node_count() == 1);
    const auto outputs = outputs_of(dir.file("two.onnx"), dir.file("in.npz"), dir);
    REQUIRE(outputs.size() == 1);
    const auto y = outputs[0].second.span<float>();
    CHECK(std::vector<float>(y.begin(), y.end()) == std::vector<float>{11, 22, 33});
  }
  // With one element both branches fit.
  const auto one = program({"convert", dir.file("any.onnx"), dir.file("one.onnx"), "--dim", "t=1"});
  CHECK(one.code == 0);
  CHECK(imported(dir.file("one.onnx")).graph.node(vernier::NodeId{0}).is("If"));
}

TEST_CASE("a model that made-up sizes do not suit is not called invalid without a hint", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"), ow::model({{ow::node("Reshape", {"x", "halves"}, {"y"})},
                                            {ow::value("x", 1, {ow::Dim("n")})},
                                            {ow::value("y", 1, {ow::Dim(2), ow::Dim("h")})},
                                            {ow::tensor_ints("halves", {2}, {2, -1})},
                                            {}}));
  const auto outcome = program({"convert", dir.file("m.onnx"), dir.file("o.onnx"), "--simplify"});
  INFO(outcome.err);
  CHECK(outcome.code != 0);
  CHECK(has(outcome.err, "made up: x [1]"));
  CHECK(has(outcome.err, "--dim"));
  CHECK(program({"convert", dir.file("m.onnx"), dir.file("o.onnx"), "--simplify", "--dim", "n=6"})
            .code == 0);
}

TEST_CASE("convert --opset takes apart what the opset lacks", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"),
             ow::model({{ow::node("HardSwish", {"x"}, {"h"}, {}, "act"),
                         ow::node("LayerNormalization", {"h", "s"}, {"y"}, {}, "norm")},
                        {ow::value("x", 1, {ow::Dim(2), ow::Dim(8)})},
                        {ow::value("y", 1, {ow::Dim(2), ow::Dim(8)})},
                        {ow::tensor_floats("s", {8}, std::vector<float>(8, 0.5F))},
                        {}}));
  const auto outcome =
      program({"convert", dir.file("m.onnx"), dir.file("o.onnx"), "--opset", "13", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(has(outcome.out, "HardSwish: 1"));
  CHECK(has(outcome.out, "LayerNormalization: 1"));
  const auto model = imported(dir.file("o.onnx"));
  CHECK(model.opset_imports.at("") == 13);
  const auto before = outputs_of(dir.file("m.onnx"), "", dir);
  const auto after = outputs_of(dir.file("o.onnx"), "", dir);
  REQUIRE(before.size() == 1);
  for (std::int64_t i = 0; i < 16; ++i) {
    CHECK(after[0].second.as<float>()[i] == Approx(before[0].second.as<float>()[i]).margin(1e-6));
  }
}

TEST_CASE("convert compares with the model as it is written, not as the engine rewrites it",
          "[cli]") {
  const TempDir dir;
  const std::vector<float> w = {0.31F, -0.77F, 0.13F, 0.57F, 0.91F, -0.23F, 0.43F, -0.67F, 0.19F};
  write_file(
      dir.file("m.onnx"),
      ow::model({{ow::node("Conv", {"x", "w"}, {"c"}, {}, "conv"),
                  ow::node("BatchNormalization", {"c", "s", "b", "m", "v"}, {"y"}, {}, "bn")},
                 {ow::value("x", 1, {ow::Dim(1), ow::Dim(3), ow::Dim(9), ow::Dim(9)})},
                 {ow::value("y", 1, {ow::Dim(1), ow::Dim(3), ow::Dim(9), ow::Dim(9)})},
                 {ow::tensor_floats("w", {3, 3, 1, 1}, w),
                  ow::tensor_floats("s", {3}, {1.37F, 0.83F, 2.11F}),
                  ow::tensor_floats("b", {3}, {0.11F, -0.29F, 0.07F}),
                  ow::tensor_floats("m", {3}, {0.17F, 0.03F, -0.41F}),
                  ow::tensor_floats("v", {3}, {0.93F, 1.71F, 0.59F})},
                 {}}));
  const auto outcome =
      program({"convert", dir.file("m.onnx"), dir.file("o.onnx"), "--simplify", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(imported(dir.file("o.onnx")).graph.node_count() == 1);
  // The engine folds the same normalisation, and would find no difference at all.
  const double off = nlohmann::json::parse(outcome.out)["verification"]["outputs"][0]["max_rel_l2"];
  CHECK(off > 0.0);
  CHECK(off < 1e-6);
}

TEST_CASE("a rewrite that only rounds otherwise stays where the model makes much of rounding",
          "[cli]") {
  const TempDir dir;
  constexpr float kThird = 1.0F / 3.0F;
  constexpr float kScale = 0.7F;
  // A thousandth is left of x * (1/3) * 0.7 - x * (0.7007/3): rounding is a thousand times more of
  // it.
  write_file(dir.file("m.onnx"),
             ow::model({{ow::node("Conv", {"x", "w"}, {"c"}, {}, "conv"),
                         ow::node("Mul", {"c", "s"}, {"a"}, {}, "scale"),
                         ow::node("Mul", {"x", "p"}, {"b"}, {}, "same"),
                         ow::node("Sub", {"a", "b"}, {"y"}, {}, "rest")},
                        {ow::value("x", 1, {ow::Dim(1), ow::Dim(1), ow::Dim(16), ow::Dim(16)})},
                        {ow::value("y", 1, {ow::Dim(1), ow::Dim(1), ow::Dim(16), ow::Dim(16)})},
                        {ow::tensor_floats("w", {1, 1, 1, 1}, {kThird}),
                         ow::tensor_floats("s", {1}, {kScale}),
                         ow::tensor_floats("p", {1}, {kThird * 0.7007F})},
                        {}}));
  const auto outcome =
      program({"convert", dir.file("m.onnx"), dir.file("o.onnx"), "--simplify", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto report = nlohmann::json::parse(outcome.out)["verification"];
  CHECK(report["outputs"][0]["max_rel_l2"].get<double>() > 1e-5);
  CHECK(report["outputs"][0]["tolerance_rel_l2"].get<double>() > 1e-5);
  CHECK(report["tolerance_rel_l2"].get<double>() == 1e-5);
  CHECK(report["rolled_back"].empty());
  // A tolerance that is asked for is not widened.
  const auto strict = program({"convert", dir.file("m.onnx"), dir.file("s.onnx"), "--simplify",
                               "--max-rel-l2", "1e-5", "--json"});
  INFO(strict.err);
  REQUIRE(strict.code == 0);
  CHECK(nlohmann::json::parse(strict.out)["verification"]["rolled_back"].size() == 1);
}
