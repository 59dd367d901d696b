#include <filesystem>

#include <catch2/catch.hpp>

#include "cli/program.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"
#include "tensor/npz.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

vernier::Tensor member(const std::string& file, const std::string& name) {
  auto archive = vernier::NpzReader::open(file);
  REQUIRE(archive);
  auto tensor = archive->read(name);
  REQUIRE(tensor);
  return *tensor;
}

/// state' = state + x; y = state' * 2, scalars in vectors of one.
std::string accumulator() {
  return ow::model(
      {{ow::node("Add", {"state", "x"}, {"next"}), ow::node("Mul", {"next", "two"}, {"y"})},
       {ow::value("x", 1, {std::int64_t{1}}), ow::value("state", 1, {std::int64_t{1}})},
       {ow::value("y", 1, {std::int64_t{1}}), ow::value("next", 1, {std::int64_t{1}})},
       {ow::tensor_floats("two", {1}, {2.0F})},
       {}});
}

void write_npz(const std::string& path,
               const std::vector<std::pair<std::string, vernier::Tensor>>& tensors) {
  auto writer = vernier::NpzWriter::open(path);
  REQUIRE(writer);
  for (const auto& [name, tensor] : tensors) REQUIRE(writer->add(name, tensor.view()));
  REQUIRE(writer->commit());
}

}  // namespace

TEST_CASE("run recognises the ten labelled pictures of the repository", "[cli]") {
  const TempDir dir;
  const std::string data = std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz";
  const std::string images = "image=" + data + ":image";
  const auto outcome =
      program({"run", fashion_model(), "--input", images, "--output", dir.file("out.npz")});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto logits = member(dir.file("out.npz"), "logits");
  const auto expected = member(data, "logits");
  REQUIRE(logits.shape() == expected.shape());
  for (std::int64_t i = 0; i < logits.element_count(); ++i) {
    CHECK(logits.as<float>()[i] == Approx(expected.as<float>()[i]).epsilon(1e-4).margin(1e-3));
  }
}

TEST_CASE("steps feed outputs back and stack what they make", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"), accumulator());
  const std::vector<float> values = {1, 10, 100, 1000};
  write_npz(dir.file("in.npz"),
            {{"x", vernier::Tensor::from_float(values, {4, 1})},
             {"state", vernier::Tensor::from_float(std::vector<float>{0.5F}, {1})}});
  const auto outcome =
      program({"run", dir.file("m.onnx"), "--input", dir.file("in.npz"), "--steps", "4", "--carry",
               "next=state", "--output", dir.file("out.npz"), "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto y = member(dir.file("out.npz"), "y");
  REQUIRE(y.shape() == vernier::Shape({4, 1}));
  const std::vector<float> expected = {3, 23, 223, 2223};
  for (std::size_t i = 0; i < 4; ++i) CHECK(y.as<float>()[i] == expected[i]);
  CHECK(has(outcome.out, "\"steps\": 4"));
  CHECK(refusal(program({"run", dir.file("m.onnx"), "--steps", "2", "--carry", "nothing=state"}), 2,
                {"nothing"}) == "");
  CHECK(refusal(program({"run", dir.file("m.onnx"), "--steps", "2", "--carry", "next=nothing"}), 2,
                {"nothing"}) == "");
}

TEST_CASE("made-up inputs depend on the seed only", "[cli]") {
  const TempDir dir;
  const auto run = [&](const std::string& seed, const std::string& threads) {
    const std::string file = dir.file(seed + "-" + threads + ".npz");
    REQUIRE(program({"run", fashion_model(), "--seed", seed, "--threads", threads, "-q", "--output",
                     file})
                .code == 0);
    return read_file(file);
  };
  const std::string first = run("1", "1");
  CHECK(first == run("1", "2"));
  CHECK(first != run("2", "1"));
}

TEST_CASE("run says what it assumed and where inputs come from", "[cli]") {
  const auto outcome = program({"run", fashion_model()});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.err, "synthetic (image, seed 0)"));
  CHECK(has(outcome.err, "N=1"));
  CHECK(has(outcome.out, "float[1,10]"));
  CHECK(has(program({"run", fashion_model(), "--dim", "N=3"}).out, "float[3,10]"));
  CHECK(has(program({"run", fashion_model(), "--shape", "image=4x1x28x28"}).out, "float[4,10]"));
}

TEST_CASE("output names that cannot be file names are escaped, and the JSON says how", "[cli]") {
  const TempDir dir;
  write_file(dir.file("m.onnx"), ow::model({{ow::node("Relu", {"x"}, {"a/b:c"})},
                                            {ow::value("x", 1, {std::int64_t{2}})},
                                            {ow::value("a/b:c", 1, {std::int64_t{2}})},
                                            {},
                                            {}}));
  const auto outcome =
      program({"run", dir.file("m.onnx"), "--output", dir.file("out.npz"), "--json"});
  REQUIRE(outcome.code == 0);
  CHECK(has(outcome.out, "\"member\": \"a%2Fb%3Ac\""));
  CHECK(member(dir.file("out.npz"), "a/b:c").element_count() == 2);
}

TEST_CASE("topk and stats", "[cli]") {
  const auto outcome = program({"run", fashion_model(), "--topk", "3", "--stats", "-q"});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "%"));
  CHECK(has(outcome.out, "stddev"));
  CHECK(refusal(program({"run", fashion_model(), "--labels", "/no/labels.txt", "--topk", "1"}),
                5) == "");
}

TEST_CASE("the cat is a cat", "[cli]") {
  const std::string model = cached_file("mobilenet_v2.onnx");
  const std::string picture = cached_file("chelsea.png");
  const std::string labels = cached_file("imagenet_labels.txt");
  if (model.empty() || picture.empty() || labels.empty()) return;
  const auto outcome = program({"run", model, "--input", picture, "--preprocess", "imagenet",
                                "--topk", "5", "--labels", labels});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK((has(outcome.out, "tabby") || has(outcome.out, "Egyptian cat")));
  // Libraries print nothing of their own.
  CHECK(program({"run", model, "--input", picture, "-q"}).err.empty());
  CHECK(refusal(program({"run", model, "--input", picture, "--preprocess", "nonsense"}), 2) == "");
}

TEST_CASE("inspect counts, plans and places", "[cli]") {
  const auto outcome = program({"inspect", fashion_model(), "--json", "--nodes"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  for (const char* part : {"\"sha256\": \"", "\"Conv\": ", "\"peak_bytes\": ", "\"fits\": true",
                           "\"placement\": ", "\"steps\": ", "\"passes\": "}) {
    INFO(part);
    CHECK(has(outcome.out, part));
  }
  const auto text = program({"inspect", fashion_model(), "--dump-plan"});
  CHECK(text.code == 0);
  CHECK(has(text.out, "arena"));
  const auto plain = program({"inspect", fashion_model(), "--no-optimize"});
  CHECK(plain.code == 0);
  CHECK(has(plain.out, "nothing to rewrite"));
}

TEST_CASE("inspect agrees with the published multiply-accumulates", "[cli]") {
  const std::vector<std::pair<std::string, std::string>> known = {
      {"resnet50.onnx", "\"macs\": 4089"},
      {"yolov8s.onnx", "\"macs\": 14"},
      {"mobilenet_v2.onnx", "\"macs\": 3007"}};
  for (const auto& [file, macs] : known) {
    const std::string path = cached_file(file);
    if (path.empty()) continue;
    const auto outcome = program({"inspect", path, "--json"});
    INFO(file << outcome.err);
    CHECK(outcome.code == 0);
    CHECK(has(outcome.out, macs));
  }
}

TEST_CASE("made-up inputs suit the model's constants, and are told of", "[cli]") {
  const TempDir dir;
  const std::string model = dir.file("table.onnx");
  const std::vector<float> table(3 * 4, 0.5F);
  const std::vector<float> weight(5 * 2, 1.0F);
  write_file(
      model,
      ow::model({{ow::node("Gather", {"t", "ids"}, {"y"}), ow::node("MatMul", {"x", "w"}, {"z"})},
                 {ow::value("ids", 7, {"N", "S"}), ow::value("x", 1, {"N", "F"})},
                 {ow::value("y", 1, {"N", "S", std::int64_t{4}}),
                  ow::value("z", 1, {"N", std::int64_t{2}})},
                 {ow::tensor_floats("t", {3, 4}, table), ow::tensor_floats("w", {5, 2}, weight)}}));
  const std::string note = "the inputs were made up";
  for (const char* seed : {"0", "1"}) {
    const auto ran = program({"run", model, "--seed", seed});
    INFO(ran.err);
    CHECK(ran.code == 0);
    CHECK(has(ran.err, "note: " + note));
    CHECK(has(ran.err, "x float[1,5]"));
  }
  CHECK(has(program({"run", model, "--json"}).out, note));
  const auto given =
      program({"run", fashion_model(), "--input",
               std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz:image"});
  INFO(given.err);
  CHECK(!has(given.err, note));
  for (const std::vector<std::string>& other :
       {std::vector<std::string>{"bench", model, "--min-time", "0.01", "--max-time", "0.02"},
        {"convert", model, dir.file("out.onnx"), "--verify"},
        {"inspect", model}}) {
    const auto ran = program(other);
    INFO(ran.err);
    CHECK(ran.code == 0);
    CHECK(!has(ran.err, "no plan for these sizes"));
  }
}
