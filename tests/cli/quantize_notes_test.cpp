// What quantize says of a file, and of what is lost.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"
#include "tensor/npz.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

const std::string kSamples = std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz";

std::vector<std::string> quantize(const std::string& out, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"quantize", fashion_model(), out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

TEST_CASE("sizes given to quantize are those of its file; free ones are told of for OpenVINO",
          "[cli]") {
  const TempDir dir;
  const std::string risk = "OpenVINO 2026.4 computes wrong results";
  const auto input_of = [&](const std::string& file) {
    const auto seen = program({"inspect", file, "--json", "--target", "openvino"});
    REQUIRE(seen.code == 0);
    const auto json = nlohmann::json::parse(seen.out);
    return std::pair(json["inputs"][0]["shape"].dump(), has(json["notes"].dump(), risk));
  };
  const std::string free_sizes = dir.file("free.onnx");
  auto made = program(quantize(free_sizes, {"--data", kSamples, "--target", "openvino"}));
  REQUIRE(made.code == 0);
  CHECK(has(made.err, risk));
  CHECK(input_of(free_sizes) == std::pair(std::string(R"(["N",1,28,28])"), true));
  CHECK(!has(program(quantize(free_sizes, {"--data", kSamples})).err, risk));
  for (const char* how : {"--dim=N=1", "--shape=image=1x1x28x28"}) {
    for (const bool weights : {false, true}) {
      INFO(how << weights);
      const std::string out = dir.file("fixed.onnx");
      std::vector<std::string> more = {how, "--target", "openvino"};
      if (weights) {
        more.insert(more.end(), {"--weights-only", "int8"});
      } else {
        more.insert(more.end(), {"--data", kSamples});
      }
      made = program(quantize(out, more));
      INFO(made.err);
      REQUIRE(made.code == 0);
      CHECK(has(made.err, "sizes are fixed in the written file: 'image' float[1,1,28,28]"));
      CHECK(!has(made.err, risk));
      CHECK(input_of(out) == std::pair(std::string("[1,1,28,28]"), false));
    }
  }
  const std::string out = dir.file("never.onnx");
  const std::string problem = "image=1x3x28x28";
  CHECK(refusal(program(quantize(out, {"--data", kSamples, "--shape", problem})), 2,
                {"[E-SHAPE]"}) == "");
  CHECK(refusal(program(quantize(out, {"--data", kSamples, "--dim", "M=1"})), 2,
                {"no dimension 'M'", "[E-DIM-NAME]"}) == "");
  CHECK(refusal(program({"convert", fashion_model(), out, "--shape", problem}), 2, {"[E-SHAPE]"}) ==
        "");
}

TEST_CASE("an output that is declared with a wrong shape is told of", "[cli]") {
  const TempDir dir;
  const std::string model = dir.file("wrong.onnx");
  const std::vector<float> weight(64 * 32, 0.5F);
  write_file(model, ow::model({{ow::node("MatMul", {"x", "w"}, {"y"})},
                               {ow::value("x", 1, {std::int64_t{2}, std::int64_t{64}})},
                               {ow::value("y", 1, {std::int64_t{2}, std::int64_t{33}})},
                               {ow::tensor_floats("w", {64, 32}, weight)}}));
  const auto made = program({"quantize", model, dir.file("out.onnx"), "--weights-only", "int8"});
  INFO(made.err);
  CHECK(made.code == 0);
  CHECK(has(made.err, "output 'y' is declared as float[2,33], but it is float[2,32]"));
}

TEST_CASE("convolutions have int8 weights where 4 bits are asked for", "[cli]") {
  const TempDir dir;
  const std::string model = dir.file("conv.onnx");
  std::vector<float> weight(32 * 16 * 9);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    weight[i] = static_cast<float>(i * 37 % 101) / 50.0F - 1.0F;
  }
  write_file(model, ow::model({{ow::node("Conv", {"x", "w"}, {"y"}, {}, "c")},
                               {ow::value("x", 1, {1, 16, 8, 8})},
                               {ow::value("y", 1, {1, 32, 6, 6})},
                               {ow::tensor_floats("w", {32, 16, 3, 3}, weight)}}));
  const auto made =
      program({"quantize", model, dir.file("out.onnx"), "--weights-only", "int4", "--json"});
  INFO(made.err);
  REQUIRE(made.code == 0);
  CHECK(has(made.err, "1 convolution has int8 weights"));
  const auto json = nlohmann::json::parse(made.out);
  CHECK(json["weights"][0]["dtype"] == "int8");
  CHECK(json["outputs"][0]["sqnr_db"].get<double>() > 40.0);
  CHECK(std::filesystem::file_size(dir.file("out.onnx")) * 3 < std::filesystem::file_size(model));
}

TEST_CASE("a model that is mostly noise is warned of", "[cli]") {
  // One sample in two is far out: those between get less than a step of the range.
  const TempDir dir;
  const std::string model = dir.file("sum.onnx");
  std::vector<float> weight(64 * 64, 0.0F);
  for (std::size_t i = 0; i < 64; ++i) weight[i * 65] = 1.0F;
  write_file(model, ow::model({{ow::node("MatMul", {"x", "w"}, {"y"})},
                               {ow::value("x", 1, {"N", std::int64_t{64}})},
                               {ow::value("y", 1, {"N", std::int64_t{64}})},
                               {ow::tensor_floats("w", {64, 64}, weight)}}));
  auto samples = vernier::Tensor::allocate(vernier::DType::float32, {4, 64});
  REQUIRE(samples);
  float* to = samples->mutable_as<float>();
  for (std::size_t i = 0; i < 256; ++i) {
    to[i] = i < 128 ? (i % 2 == 0 ? 1000.0F : -1000.0F) : 0.01F * static_cast<float>(i % 7);
  }
  auto writer = vernier::NpzWriter::open(dir.file("x.npz"));
  REQUIRE(writer);
  REQUIRE(writer->add("x", samples->view()));
  REQUIRE(writer->commit());
  const auto made = program({"quantize", model, dir.file("out.onnx"), "--data", dir.file("x.npz"),
                             "--samples", "2", "--range", "minmax", "--no-equalize"});
  INFO(made.err);
  CHECK(made.code == 0);
  CHECK(has(made.err, "warning: output 'y' has an SQNR of"));
  CHECK(has(made.err, "--max-drop 5%"));
}
