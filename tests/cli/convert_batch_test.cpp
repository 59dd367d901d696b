#include <catch2/catch.hpp>

#include "cli/program.h"
#include "onnx/import.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"
#include "tensor/npy.h"
#include "tensor/npz.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

/// y = relu(x as [1,2,2] * w) as [1,4], or with `squeezed` the batch axis gone.
std::string one_sample_model(bool squeezed) {
  std::vector<ow::Bytes> nodes = {ow::node("Reshape", {"x", "square"}, {"r"}),
                                  ow::node("MatMul", {"r", "w"}, {"m"}),
                                  ow::node("Relu", {"m"}, {"a"})};
  if (squeezed) {
    nodes.push_back(ow::node("Squeeze", {"a", "first"}, {"y"}));
  } else {
    nodes.push_back(ow::node("Reshape", {"a", "flat"}, {"y"}));
  }
  const auto size = [](std::int64_t n) { return ow::Dim(n); };
  const std::vector<ow::Dim> result =
      squeezed ? std::vector<ow::Dim>{size(2), size(2)} : std::vector<ow::Dim>{size(1), size(4)};
  return ow::model({nodes,
                    {ow::value("x", 1, {size(1), size(4)})},
                    {ow::value("y", 1, result)},
                    {ow::tensor_ints("square", {3}, {1, 2, 2}),
                     ow::tensor_ints("flat", {2}, {1, 4}), ow::tensor_ints("first", {1}, {0}),
                     ow::tensor_floats("w", {2, 2}, {1.0F, 2.0F, 3.0F, -4.0F})},
                    {}});
}

}  // namespace

TEST_CASE("convert --dynamic-batch makes a model of one sample one of any batch", "[cli]") {
  const TempDir dir;
  write_file(dir.file("one.onnx"), one_sample_model(false));
  const auto outcome =
      program({"convert", dir.file("one.onnx"), dir.file("any.onnx"), "--dynamic-batch=N"});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  REQUIRE(has(outcome.out, "[1,2,2] -> [0,2,2]"));
  REQUIRE(has(outcome.out, "verified over 3 samples"));
  const auto model = vernier::onnx::import_model(dir.file("any.onnx"));
  REQUIRE(model);
  for (const auto& port : {model->graph.inputs[0], model->graph.outputs[0]}) {
    REQUIRE(vernier::to_string(model->graph.value(port.value).type) == "float[N,4]");
  }
  const std::vector<float> rows = {1, 2, 3, 4, 0, 1, 0, 1, -1, 2, 5, 0};
  REQUIRE(
      vernier::write_npy_file(dir.file("x.npy"), vernier::Tensor::from_float(rows, {3, 4}).view()));
  REQUIRE(program({"run", dir.file("any.onnx"), "--input", dir.file("x.npy"), "--output",
                   dir.file("y.npz")})
              .code == 0);
  const auto archive = vernier::NpzReader::open(dir.file("y.npz"));
  REQUIRE(archive);
  const auto y = archive->read("y");
  REQUIRE(y);
  // [a b; c d] * [1 2; 3 -4], negative numbers cut off
  const std::vector<float> expected = {7, 0, 15, 0, 3, 0, 3, 0, 5, 0, 5, 10};
  const auto values = y->span<float>();
  REQUIRE(std::vector<float>(values.begin(), values.end()) == expected);
  REQUIRE(y->shape() == vernier::Shape{3, 4});
}

TEST_CASE("a batch's name is that of no other dimension, and outputs keep theirs", "[cli]") {
  const TempDir dir;
  const auto size = [](std::int64_t n) { return ow::Dim(n); };
  // The sizes of what Reshape gives follow from no name.
  write_file(
      dir.file("one.onnx"),
      ow::model(
          {{ow::node("MatMul", {"x", "w"}, {"m"}), ow::node("Reshape", {"m", "half"}, {"h"}),
            ow::node("Reshape", {"h", "to"}, {"y"})},
           {ow::value("x", 1, {size(1), "seq", size(40)})},
           {ow::value("y", 1, {size(1), "seq", size(40)})},
           {ow::tensor_floats("w", {40, 40}, std::vector<float>(1600, 0.5F)),
            ow::tensor_ints("half", {3}, {1, -1, 20}), ow::tensor_ints("to", {3}, {1, -1, 40})},
           {}}));
  const auto convert = [&](const std::string& flag) {
    return program({"convert", dir.file("one.onnx"), dir.file("any.onnx"), flag});
  };
  CHECK(refusal(convert("--dynamic-batch=seq"), 2, {"E-CONVERT-BATCH", "'seq' is dimension 1"}) ==
        "");
  const auto outcome = convert("--dynamic-batch");
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  const auto quantized =
      program({"quantize", dir.file("any.onnx"), dir.file("w.onnx"), "--weights-only", "int8"});
  INFO(quantized.err);
  REQUIRE(quantized.code == 0);
  for (const char* name : {"any.onnx", "w.onnx"}) {
    const auto model = vernier::onnx::import_model(dir.file(name));
    REQUIRE(model);
    CHECK(vernier::to_string(model->graph.value(model->graph.outputs[0].value).type) ==
          "float[batch,seq,40]");
  }
}

TEST_CASE("convert --dynamic-batch fills its batch up with other samples", "[cli]") {
  const TempDir dir;
  write_file(dir.file("one.onnx"), one_sample_model(false));
  const std::vector<float> row = {1, 2, 3, 4};
  REQUIRE(
      vernier::write_npy_file(dir.file("x.npy"), vernier::Tensor::from_float(row, {1, 4}).view()));
  const auto outcome = program({"convert", dir.file("one.onnx"), dir.file("any.onnx"),
                                "--dynamic-batch", "--input", dir.file("x.npy")});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  REQUIRE(has(outcome.out, "verified over 3 samples"));
}

TEST_CASE("convert --dynamic-batch goes with other rewrites", "[cli]") {
  const TempDir dir;
  write_file(dir.file("one.onnx"), one_sample_model(false));
  const auto outcome =
      program({"convert", dir.file("one.onnx"), dir.file("any.onnx"), "--dynamic-batch", "--to",
               "fp16", "--simplify", "--rename", "y=z", "--io", "x"});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  REQUIRE(has(outcome.out, "input 'x' is float[batch,4]"));
  const auto again =
      program({"convert", dir.file("any.onnx"), dir.file("same.onnx"), "--dynamic-batch"});
  REQUIRE(again.code == 0);
  REQUIRE(has(again.out, "the batch is free already"));
}

TEST_CASE("convert --dynamic-batch names what holds for one batch only", "[cli]") {
  const TempDir dir;
  write_file(dir.file("one.onnx"), one_sample_model(true));
  const auto convert = [&](std::vector<std::string> more) {
    std::vector<std::string> all = {"convert", dir.file("one.onnx"), dir.file("any.onnx")};
    all.insert(all.end(), more.begin(), more.end());
    return program(all);
  };
  REQUIRE(refusal(convert({"--dynamic-batch"}), 4,
                  {"1 node holds", "(Squeeze)", "removes the batch axis", "E-CONVERT-BATCH"})
              .empty());
  REQUIRE(refusal(convert({"--dynamic-batch", "--batch-input", "z"}), 2, {"E-CONVERT-BATCH", "'z'"})
              .empty());
  REQUIRE(refusal(convert({"--dynamic-batch", "--batch-input", "x=2"}), 2, {"no axis 2"}).empty());
  REQUIRE(refusal(convert({"--dynamic-batch", "--batch-input", "x", "--batch-input", "x=1"}), 2,
                  {"E-CONVERT-BATCH", "'x' is named twice"})
              .empty());
  REQUIRE(refusal(convert({"--batch-input", "x"}), 2, {"--dynamic-batch"}).empty());
  REQUIRE(names_in(dir.path()) == std::vector<std::string>{"one.onnx"});
}
