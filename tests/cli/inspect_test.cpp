#include <catch2/catch.hpp>

#include "cli/program.h"
#include "support/temp_dir.h"

using namespace cli_test;

TEST_CASE("inspect --target says what will fuse, and can fail a job", "[cli]") {
  const TempDir dir;
  const std::string file = dir.file("int8.onnx");
  const std::string samples =
      std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz";
  REQUIRE(
      program({"quantize", fashion_model(), file, "--data", samples, "--target", "ort-cpu"}).code ==
      0);
  const auto text =
      program({"inspect", file, "--target", "ort-cpu,tensorrt", "--max-islands", "0"});
  INFO(text.out);
  CHECK(text.code == 1);
  CHECK(has(text.out, "Will it fuse? (ort-cpu)"));
  CHECK(has(text.out, " 0 float between quantized tensors"));
  CHECK(has(text.out, "trt-int8: TensorRT refuses activations that are not int8"));
  CHECK(has(text.out, "fix: quantize with --target tensorrt"));
  CHECK(has(text.err, "tensorrt: "));
  CHECK_FALSE(has(text.err, "ort-cpu: "));

  const auto json =
      program({"inspect", file, "--json", "--target", "ort-cpu", "--max-islands", "0"});
  CHECK(json.code == 0);
  for (const char* part :
       {"\"fusion\": [", "\"target\": \"ort-cpu\"", "\"island\": 0", "\"rule\": \"ort-conv\"",
        "\"reason\": \"QLinearConv\"", "\"verdict\": \"integer\""}) {
    INFO(part);
    CHECK(has(json.out, part));
  }
  CHECK_FALSE(has(program({"inspect", file, "--json"}).out, "\"fusion\""));
}

TEST_CASE("inspect says how many samples there may be", "[cli]") {
  CHECK(refusal(
            program({"inspect", fashion_model(), "--saturation", "--data", "x", "--samples", "0"}),
            2, {"--samples", "in range 1 to 1000000"}) == "");
}

TEST_CASE("inspect refuses targets that it has no rules for", "[cli]") {
  const auto refused = program({"inspect", fashion_model(), "--target", "gpu"});
  CHECK(refusal(refused, 2, {"'gpu'", "ort-cpu, openvino, tensorrt"}) == "");
  CHECK(refusal(program({"inspect", fashion_model(), "--max-islands", "0"}), 2, {"--target"}) ==
        "");
}
