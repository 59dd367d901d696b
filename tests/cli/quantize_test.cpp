#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "onnx/import.h"
#include "passes/pattern.h"
#include "support/graph_dsl.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"
#include "tensor/npz.h"

using namespace cli_test;

namespace {

const std::string kSamples = std::string(VERNIER_SOURCE_DIR) + "/tests/models/fashion_mnist_10.npz";

std::vector<std::string> quantize(const std::string& out, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"quantize", fashion_model(), out};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

vernier::Tensor member(const std::string& file, const std::string& name) {
  auto archive = vernier::NpzReader::open(file);
  REQUIRE(archive);
  auto tensor = archive->read(name);
  REQUIRE(tensor);
  return *tensor;
}

std::int64_t best(const vernier::Tensor& logits, std::int64_t row) {
  const float* begin = logits.as<float>() + row * 10;
  return std::max_element(begin, begin + 10) - begin;
}

std::vector<std::int64_t> classes(const vernier::Tensor& logits) {
  std::vector<std::int64_t> found;
  for (std::int64_t row = 0; row < 10; ++row) found.push_back(best(logits, row));
  return found;
}

/// What a model makes of the ten pictures.
std::vector<std::int64_t> classes_of(const std::string& model, const TempDir& dir) {
  const auto ran = program({"run", model, "--input", "image=" + kSamples + ":image", "--output",
                            dir.file("logits.npz")});
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  return classes(member(dir.file("logits.npz"), "logits"));
}

/// Ten pictures with one value replaced.
void write_samples(const std::string& path, float value) {
  auto images = vernier::Tensor::copy_of(member(kSamples, "image").view());
  REQUIRE(images);
  images->mutable_as<float>()[5000] = value;
  auto writer = vernier::NpzWriter::open(path);
  REQUIRE(writer);
  REQUIRE(writer->add("image", images->view()));
  REQUIRE(writer->commit());
}

}  // namespace

TEST_CASE("a quantized classifier is smaller and sees the same classes", "[cli]") {
  const TempDir dir;
  for (const char* target : {"vernier", "ort-cpu", "openvino", "tensorrt"}) {
    const std::string out = dir.file(std::string(target) + ".onnx");
    const auto made = program(quantize(
        out, {"--data", kSamples, "--target", target, "--report", dir.file("report.json")}));
    INFO(target << made.err);
    REQUIRE(made.code == 0);
    CHECK(std::filesystem::file_size(out) < std::filesystem::file_size(fashion_model()));
    CHECK(has(read_file(dir.file("report.json")), "\"top1_agreement_with_fp32\""));
    CHECK(classes_of(out, dir) == classes(member(kSamples, "logits")));
  }
}

TEST_CASE("the report says how long ranges took where they were chosen by error", "[cli]") {
  const TempDir dir;
  const auto ranges_ns = [&](const char* range) {
    const auto made = program(quantize(dir.file("a.onnx"), {"--data", kSamples, "--range", range,
                                                            "--report", dir.file("r.json")}));
    INFO(made.err);
    REQUIRE(made.code == 0);
    const auto report = nlohmann::json::parse(read_file(dir.file("r.json")));
    CHECK(report["range"] == range);
    return report["ranges_ns"].get<std::int64_t>();
  };
  CHECK(ranges_ns("auto") > 0);
  CHECK(ranges_ns("minmax") == 0);
}

TEST_CASE("a recipe makes the same file again, a table the same without data", "[cli]") {
  const TempDir dir;
  const auto first =
      program(quantize(dir.file("a.onnx"),
                       {"--data", kSamples, "--target", "ort-cpu", "--recipe", dir.file("r.txt")}));
  INFO(first.err);
  REQUIRE(first.code == 0);
  const auto again = program(quantize(dir.file("b.onnx"), {"--apply-recipe", dir.file("r.txt")}));
  INFO(again.err);
  REQUIRE(again.code == 0);
  CHECK((read_file(dir.file("a.onnx")) == read_file(dir.file("b.onnx"))));
  CHECK(refusal(program(quantize(dir.file("b.onnx"),
                                 {"--apply-recipe", dir.file("r.txt"), "--target", "openvino"})),
                2, {"ort-cpu", "openvino"}) == "");

  const std::vector<std::string> fast = {"--bias-correction",   "fast",
                                         "--rounding",          "nearest",
                                         "--calibration-table", dir.file("t.npz")};
  std::vector<std::string> with_data = fast;
  with_data.insert(with_data.end(), {"--data", kSamples});
  REQUIRE(program(quantize(dir.file("c.onnx"), with_data)).code == 0);
  REQUIRE(program(quantize(dir.file("d.onnx"), fast)).code == 0);
  CHECK((read_file(dir.file("c.onnx")) == read_file(dir.file("d.onnx"))));
}

TEST_CASE("quantize refuses bad data with one line and no file", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("out.onnx");
  const auto refused = [&](const std::vector<std::string>& more, int code,
                           const std::vector<std::string>& parts) {
    const auto outcome = program(quantize(out, more));
    CHECK(refusal(outcome, code, parts) == "");
    CHECK_FALSE(std::filesystem::exists(out));
  };
  refused({"--data", dir.file("nowhere")}, 5, {"nowhere"});
  std::filesystem::create_directory(dir.file("empty"));
  refused({"--data", dir.file("empty")}, 5, {"no samples"});
  write_samples(dir.file("nan.npz"), std::numeric_limits<float>::quiet_NaN());
  refused({"--data", dir.file("nan.npz")}, 5, {"not finite", "[6]"});
  std::filesystem::create_directory(dir.file("broken"));
  write_file(dir.file("broken/a.png"), "no picture");
  refused({"--data", dir.file("broken")}, 5, {"a.png"});
  refused({}, 2, {"--data"});
  refused({"--data", kSamples, "--report", out}, 2, {"out.onnx", "twice"});
  refused({"--data", kSamples, "--recipe", dir.file("r"), "--report", dir.file("r")}, 2, {"twice"});
  refused({"--data", kSamples, "--calibration-table", kSamples}, 2, {"twice"});
  refused({"--data", kSamples, "--target", "gpu"}, 2, {"gpu", "ort-cpu"});
  refused({"--data", kSamples, "--range", "best"}, 2, {"best", "entropy"});
  refused({"--data", kSamples, "--rounding", "up"}, 2, {"--rounding", "gram"});
  refused({"--data", kSamples, "--metric", "map"}, 2, {"--metric", "map50"});
  refused({"--data", kSamples, "--metric", "accuracy"}, 2, {"--labels"});
  refused({"--calibration-table", dir.file("t.npz"), "--max-drop", "1%"}, 2, {"--data"});
  write_file(dir.file("labels.txt"), "1\n2\nthree\n");
  refused({"--data", kSamples, "--labels", dir.file("labels.txt")}, 5, {"line 3"});
  write_file(dir.file("labels.txt"), "1\n2\n10\n");
  refused({"--data", kSamples, "--labels", dir.file("labels.txt")}, 5, {"class 10"});
  write_file(dir.file("labels.txt"), "1\n2\n");
  refused({"--data", kSamples, "--samples", "6", "--labels", dir.file("labels.txt")}, 5,
          {"none of the 4 judging samples"});
  refused({"--weights-only", "int8", "--data", kSamples, "--samples", "6", "--labels",
           dir.file("labels.txt")},
          5, {"none of the 4 judging samples"});
  refused({"--data", kSamples, "--preprocess", "imagenet"}, 2, {"--preprocess", "pictures"});
  refused({"--data", kSamples, "--precision", "fp16"}, 2, {"int8", "--precision"});
  refused({"--data", kSamples, "--exclude", "nobody"}, 2, {"nobody"});
  write_file(dir.file("r.txt"), "vernier-recipe 1\nweight \"nobody\" axis=0 scales=1\n");
  refused({"--apply-recipe", dir.file("r.txt")}, 5, {"nobody"});
}

TEST_CASE("nothing that quantize or convert reads is written over", "[cli]") {
  const TempDir dir;
  namespace fs = std::filesystem;
  const std::string model = dir.file("model.onnx");
  REQUIRE(program({"convert", fashion_model(), model, "--split-weights"}).code == 0);
  const std::string weights = model + ".data";
  REQUIRE(fs::exists(weights));
  fs::copy_file(kSamples, dir.file("s.npz"));
  fs::create_directory(dir.file("samples"));
  fs::copy_file(kSamples, dir.file("samples/a.npz"));
  const auto before = names_in(dir.path());
  const auto all_bytes = [&] {
    return read_file(model) + read_file(weights) + read_file(dir.file("s.npz")) +
           read_file(dir.file("samples/a.npz"));
  };
  const auto bytes = all_bytes();
  const auto refused = [&](std::vector<std::string> arguments, const std::string& part) {
    INFO(arguments[0] << " " << arguments[2] << " " << part);
    CHECK(refusal(program(arguments), 2, {part, "E-USAGE-OUTPUT"}) == "");
    CHECK(names_in(dir.path()) == before);
    CHECK((all_bytes() == bytes));
  };
  for (const std::vector<std::string>& kind :
       {std::vector<std::string>{}, std::vector<std::string>{"--weights-only", "int8"}}) {
    const auto quantized = [&](const std::string& out, std::vector<std::string> more) {
      std::vector<std::string> arguments = {"quantize", model, out, "--data", dir.file("s.npz")};
      arguments.insert(arguments.end(), kind.begin(), kind.end());
      arguments.insert(arguments.end(), more.begin(), more.end());
      return arguments;
    };
    refused(quantized(model, {}), "is the model that is read");
    refused(quantized(dir.path() + "/./model.onnx", {}), "is the model that is read");
    refused(quantized(weights, {}), "holds weights");
    refused(quantized(dir.file("s.npz"), {}), "twice");
    refused(quantized(dir.file("out.onnx"), {"--report", dir.file("out.onnx")}), "twice");
    refused(quantized(dir.file("out.onnx"), {"--report", model}), "is the model that is read");
    refused(quantized(dir.file("out.onnx"), {"--report", weights}), "holds weights");
    std::vector<std::string> folder = {"quantize", model, dir.file("samples/a.npz"), "--data",
                                       dir.file("samples")};
    folder.insert(folder.end(), kind.begin(), kind.end());
    refused(folder, "one of the samples in");
    folder[2] = dir.file("out.onnx");
    folder.insert(folder.end(), {"--report", dir.file("samples/a.npz")});
    refused(folder, "one of the samples in");
  }
  const std::string table = dir.file("s.npz");
  refused({"quantize", model, table, "--calibration-table", table}, "twice");
  refused(
      {"quantize", model, dir.file("out.onnx"), "--calibration-table", table, "--recipe", table},
      "twice");
  refused({"convert", model, model}, "is the model that is read");
  refused({"convert", model, weights}, "holds weights");
  refused({"convert", model, dir.file("s.npz"), "--input", "image=" + dir.file("s.npz") + ":image"},
          "twice");
  // The weights of a file of another name: model.onnx.data would be written anew.
  fs::rename(model, dir.file("other.onnx"));
  CHECK(refusal(program({"convert", dir.file("other.onnx"), model, "--split-weights"}), 2,
                {"holds weights"}) == "");
}

TEST_CASE("what is no sample may be written into the folder of samples, and again", "[cli]") {
  const TempDir dir;
  std::filesystem::copy_file(kSamples, dir.file("a.npz"));
  const std::string report = dir.file("r.json");
  for (int time = 0; time < 2; ++time) {
    const auto made = program({"quantize", fashion_model(), dir.file("out.onnx"), "--weights-only",
                               "int8", "--data", dir.path(), "--samples", "1", "--report", report});
    INFO(made.err);
    CHECK(made.code == 0);
    CHECK(std::filesystem::exists(report));
  }
}

TEST_CASE("weights that are integers already are left and named", "[cli]") {
  const TempDir dir;
  for (const std::string form : {"qdq", "matmulnbits"}) {
    const std::string once = dir.file(form + ".onnx");
    REQUIRE(program(quantize(once, {"--weights-only", "int8", "--form", form})).code == 0);
    const auto again =
        program({"quantize", once, dir.file("twice.onnx"), "--weights-only", "int8"});
    CHECK(refusal(again, 4, {"integers already", "E-QUANT-NOTHING"}) == "");
    CHECK_FALSE(std::filesystem::exists(dir.file("twice.onnx")));
    // They stay integers when the file is simplified.
    REQUIRE(program({"convert", once, dir.file("simple.onnx"), "--simplify"}).code == 0);
    CHECK(std::filesystem::file_size(dir.file("simple.onnx")) <
          std::filesystem::file_size(once) * 11 / 10);
  }
  write_samples(dir.file("nan.npz"), std::numeric_limits<float>::infinity());
  CHECK(refusal(program(quantize(dir.file("x.onnx"),
                                 {"--weights-only", "int8", "--data", dir.file("nan.npz")})),
                5, {"[6]", "not finite", "E-CALIBRATION-VALUE"}) == "");
  CHECK_FALSE(std::filesystem::exists(dir.file("x.onnx")));
}

TEST_CASE("sizes count the files that hold weights", "[cli]") {
  const TempDir dir;
  const std::string model = dir.file("model.onnx");
  REQUIRE(program({"convert", fashion_model(), model, "--split-weights"}).code == 0);
  const auto made =
      program({"quantize", model, dir.file("w.onnx"), "--weights-only", "int8", "--json"});
  INFO(made.err);
  REQUIRE(made.code == 0);
  CHECK(nlohmann::json::parse(made.out)["bytes_before"] ==
        std::filesystem::file_size(model) + std::filesystem::file_size(model + ".data"));
}

TEST_CASE("a quantized model serves another target without data", "[cli]") {
  const TempDir dir;
  REQUIRE(program(quantize(dir.file("a.onnx"), {"--data", kSamples, "--target", "openvino",
                                                "--bias-correction", "none"}))
              .code == 0);
  const auto want = classes_of(dir.file("a.onnx"), dir);
  for (const char* target : {"vernier", "ort-cpu", "tensorrt"}) {
    const std::string out = dir.file(std::string(target) + ".onnx");
    const auto made = program({"quantize", dir.file("a.onnx"), out, "--target", target, "--json"});
    INFO(made.err);
    REQUIRE(made.code == 0);
    const auto report = nlohmann::json::parse(made.out);
    CHECK(report["retargeted"] == true);
    CHECK(report["quantized_nodes"] == report["weighted_nodes"]);
    CHECK(classes_of(out, dir) == want);
  }
  const std::string out = dir.file("safe.onnx");
  REQUIRE(program({"quantize", dir.file("a.onnx"), out, "--saturation-safe"}).code == 0);
  const auto seen = program({"inspect", out, "--saturation", "--json"});
  REQUIRE(seen.code == 0);
  for (const auto& node : nlohmann::json::parse(seen.out)["saturation"]["nodes"]) {
    CHECK(node["risky_channels"] == 0);
  }
  CHECK(refusal(program({"quantize", dir.file("a.onnx"), out, "--range", "mse"}), 2, {"--range"}) ==
        "");
  CHECK(refusal(
            program({"inspect", out, "--saturation", "--data", kSamples, "--backend", "reference"}),
            4, {"cpu"}) == "");
}

TEST_CASE("a full disk leaves no quantized file and no report", "[cli]") {
  const TempDir dir;
  Launch launch;
  launch.file_size_blocks = 8;
  const auto outcome = program(
      quantize(dir.file("a.onnx"), {"--data", kSamples, "--report", dir.file("r.json")}), launch);
  CHECK(refusal(outcome, 8, {"a.onnx"}) == "");
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("weights that cannot saturate are reported as such", "[cli]") {
  const TempDir dir;
  const auto risk = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"--data", kSamples, "--target", "ort-cpu"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto made = program(quantize(dir.file("a.onnx"), arguments));
    INFO(made.err);
    REQUIRE(made.code == 0);
    const auto seen = program({"inspect", dir.file("a.onnx"), "--saturation", "--data", kSamples,
                               "--samples", "4", "--json"});
    INFO(seen.err);
    REQUIRE(seen.code == 0);
    return nlohmann::json::parse(seen.out)["saturation"];
  };
  const auto plain = risk({});
  CHECK(plain["samples"] == 4);
  CHECK(plain["nodes"][0]["risky_channels"] > 0);
  CHECK(plain["nodes"][0]["outputs"] > 0);
  const auto safe = risk({"--saturation-safe"});
  for (const auto& node : safe["nodes"]) {
    CHECK(node["risky_channels"] == 0);
    CHECK(node["changed"] == 0);
  }
  CHECK(safe["outputs"][0]["sqnr_db"] == 200.0);
}

TEST_CASE("a recipe that does not fit is refused before anything is judged", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("out.onnx");
  REQUIRE(program(quantize(out, {"--data", kSamples, "--recipe", dir.file("r.txt")})).code == 0);
  const std::string good = read_file(dir.file("r.txt"));
  REQUIRE(std::filesystem::remove(out));
  const auto refused = [&](const std::string& recipe, const std::string& part) {
    write_file(dir.file("bad.txt"), recipe);
    const auto outcome =
        program(quantize(out, {"--data", kSamples, "--apply-recipe", dir.file("bad.txt")}));
    INFO(part);
    CHECK(refusal(outcome, 5, {part}) == "");
    CHECK_FALSE(std::filesystem::exists(out));
  };
  const auto with = [&](const std::string& key, const std::string& value) {
    const auto begin = good.find(key) + key.size();
    REQUIRE(begin > key.size());
    std::string bad = good;
    return bad.replace(begin, good.find_first_of(" \n", begin) - begin, value);
  };
  refused(with(" other=", "00"), "do not fit its weight");
  refused(with(" scales=", "1,1"), "do not fit its weight");
  refused(with(" add=", "1,1"), "has 2 values");
  refused(with(" factors=", "1,1"), "do not fit its channels");
  refused(good + "bias \"nobody\" add=1\n", "nobody");
  refused(good + "tensor \"nobody\" u8 scale=1 zero=0\n", "nobody");
  refused(good + "weight \"relu1\" axis=0 scales=1\n", "relu1");
  // The first weight's node, without that line: its bias would be that of a float node.
  const auto line = good.find("\nweight ");
  std::string without = good;
  refused(without.erase(line, good.find('\n', line + 1) - line), "its weight is float");
}

TEST_CASE("samples of another type or shape are refused", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("out.onnx");
  REQUIRE(program(quantize(out, {"--data", kSamples, "--recipe", dir.file("r.txt")})).code == 0);
  REQUIRE(std::filesystem::remove(out));
  const auto image = member(kSamples, "image");
  for (const vernier::DType dtype : {vernier::DType::float16, vernier::DType::uint8}) {
    auto cast = vernier::Tensor::allocate(dtype, image.shape());
    REQUIRE(cast);
    auto writer = vernier::NpzWriter::open(dir.file("other.npz"));
    REQUIRE(writer);
    REQUIRE(writer->add("image", cast->view()));
    REQUIRE(writer->commit());
    std::filesystem::create_directories(dir.file("folder"));
    std::filesystem::copy_file(dir.file("other.npz"), dir.file("folder/a.npz"),
                               std::filesystem::copy_options::overwrite_existing);
    for (const std::string& data : {dir.file("other.npz"), dir.file("folder")}) {
      CHECK(refusal(program(quantize(out, {"--data", data})), 5, {"the model wants"}) == "");
      const auto judged =
          program(quantize(out, {"--data", data, "--apply-recipe", dir.file("r.txt")}));
      CHECK((judged.code == 5 || has(judged.err, "could not be read")));
    }
  }
}

TEST_CASE("a budget turns nodes back to float until it is kept", "[cli]") {
  const TempDir dir;
  const auto run = [&](const std::string& drop) {
    return program(
        quantize(dir.file("out.onnx"), {"--data", kSamples, "--metric", "rel-l2", "--max-drop",
                                        drop, "--samples", "6", "--judge", "4", "--json"}));
  };
  const auto loose = run("50%");
  INFO(loose.err);
  REQUIRE(loose.code == 0);
  const auto all = nlohmann::json::parse(loose.out);
  CHECK(all["reverted"].empty());
  CHECK(all["points"].size() == 1);
  const double loss = all["loss"]["drop"];
  REQUIRE(loss > 0.0);

  const auto tight = run(std::to_string(loss * 0.6));
  INFO(tight.err);
  REQUIRE(tight.code == 0);
  const auto some = nlohmann::json::parse(tight.out);
  CHECK(some["budget_met"] == true);
  CHECK_FALSE(some["reverted"].empty());
  CHECK(some["quantized_nodes"] > 0);
  CHECK(some["loss"]["drop"] <= loss * 0.6);
  CHECK(some["points"].size() > 1);
  CHECK(some["sensitivity"].size() >= some["reverted"].size());
  // The file is what was judged: its outputs are that near to the float model's.
  const auto out = dir.file("out.onnx");
  REQUIRE(program({"run", out, "--input", "image=" + kSamples + ":image", "--output",
                   dir.file("logits.npz")})
              .code == 0);
  const auto got = member(dir.file("logits.npz"), "logits");
  const auto want = member(kSamples, "logits");
  double worst = 0.0;
  for (std::int64_t row = 6; row < 10; ++row) {
    double signal = 0.0;
    double noise = 0.0;
    for (std::int64_t i = row * 10; i < row * 10 + 10; ++i) {
      const auto w = static_cast<double>(want.as<float>()[i]);
      const double d = w - static_cast<double>(got.as<float>()[i]);
      signal += w * w;
      noise += d * d;
    }
    worst += std::sqrt(noise / signal) / 4.0;
  }
  CHECK(worst == Approx(some["loss"]["drop"].get<double>()).epsilon(0.1));
}

TEST_CASE("a budget that nothing keeps ends with 1 and no file", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("out.onnx");
  const auto outcome = program(quantize(
      out, {"--data", kSamples, "--metric", "rel-l2", "--max-drop", "0", "--samples", "6"}));
  INFO(outcome.err);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.err, "nothing was written"));
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("labels make accuracy of agreement", "[cli]") {
  const TempDir dir;
  const auto logits = member(kSamples, "logits");
  std::string labels;
  // The last of the three judged samples gets a wrong label.
  for (std::int64_t row = 0; row < 10; ++row) {
    labels += std::to_string((best(logits, row) + (row == 9 ? 1 : 0)) % 10) + "\n";
  }
  write_file(dir.file("labels.txt"), labels);
  const auto outcome = program(
      quantize(dir.file("out.onnx"), {"--data", kSamples, "--samples", "7", "--labels",
                                      dir.file("labels.txt"), "--report", dir.file("r.json")}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto report = nlohmann::json::parse(read_file(dir.file("r.json")));
  CHECK(report["loss"]["metric"] == "accuracy");
  CHECK(report["loss"]["samples"] == 3);
  CHECK(report["loss"]["fp32"].get<double>() == Approx(2.0 / 3.0));
  CHECK(report["loss"]["quantized"].get<double>() == Approx(2.0 / 3.0));
  CHECK(report["loss"]["ci_high"] > 0.0);
}

TEST_CASE("weights alone become integers, without data", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("w.onnx");
  struct Kind {
    std::vector<std::string> options;
    std::string dtype;
    double least_sqnr;
  };
  const Kind kinds[] = {
      {{"--weights-only", "int8"}, "int8", 35.0},
      {{"--weights-only", "int8", "--block", "0"}, "int8", 35.0},
      {{"--weights-only", "int4", "--block", "16"}, "int4", 10.0},
      {{"--weights-only", "int4", "--form", "matmulnbits", "--zero-points"}, "uint4", 10.0}};
  for (const Kind& kind : kinds) {
    std::vector<std::string> more = kind.options;
    more.insert(more.end(), {"--report", dir.file("r.json")});
    const auto made = program(quantize(out, more));
    INFO(made.err);
    REQUIRE(made.code == 0);
    CHECK(std::filesystem::file_size(out) < std::filesystem::file_size(fashion_model()));
    const auto report = nlohmann::json::parse(read_file(dir.file("r.json")));
    CHECK(report["data"] == "seeded noise");
    CHECK(report["outputs"][0]["sqnr_db"].get<double>() > kind.least_sqnr);
    bool has_matrix = false;
    for (const auto& weight : report["weights"]) {
      has_matrix = has_matrix || weight["dtype"] == kind.dtype;
      CHECK(weight["bytes_after"].get<double>() < 0.4 * weight["bytes_before"].get<double>());
    }
    CHECK(has_matrix);
    CHECK(report["float_nodes"].size() + report["quantized_nodes"].get<std::size_t>() ==
          report["weighted_nodes"].get<std::size_t>());
    CHECK(classes_of(out, dir) == classes(member(kSamples, "logits")));
  }
}

TEST_CASE("weights alone, judged on data", "[cli]") {
  const TempDir dir;
  const auto made = program(
      quantize(dir.file("w.onnx"), {"--weights-only", "int4", "--block", "16", "--data", kSamples,
                                    "--samples", "6", "--report", dir.file("r.json")}));
  INFO(made.err);
  REQUIRE(made.code == 0);
  const auto report = nlohmann::json::parse(read_file(dir.file("r.json")));
  CHECK(report["samples"] == 6);
  CHECK(report["judged_samples"] == 4);
  CHECK(report["held_out"] == true);
  CHECK(report["outputs"][0]["top1_agreement_with_fp32"] == 1.0);
}

TEST_CASE("weights alone are judged on no sample that was left out", "[cli]") {
  const TempDir dir;
  namespace fs = std::filesystem;
  fs::create_directory(dir.file("data"));
  write_file(dir.file("data/a.npz"), "no archive");
  fs::copy_file(kSamples, dir.file("data/b.npz"));
  const auto made =
      program(quantize(dir.file("w.onnx"), {"--weights-only", "int8", "--data", dir.file("data"),
                                            "--report", dir.file("data/r.json")}));
  INFO(made.err);
  REQUIRE(made.code == 0);
  const auto report = nlohmann::json::parse(read_file(dir.file("data/r.json")));
  CHECK(report["samples"] == 1);
  CHECK(report["judged_samples"] == 1);
  const std::string notes = report["notes"].dump();
  CHECK(has(notes, "left out"));
  CHECK(has(notes, "judged on calibration samples"));
  CHECK_FALSE(has(notes, "could not be read"));
}

TEST_CASE("options that weights alone have no use for are refused", "[cli]") {
  const TempDir dir;
  const std::string out = dir.file("out.onnx");
  const auto refused = [&](const std::vector<std::string>& more,
                           const std::vector<std::string>& parts) {
    CHECK(refusal(program(quantize(out, more)), 2, parts) == "");
    CHECK_FALSE(std::filesystem::exists(out));
  };
  refused({"--weights-only", "int3"}, {"int4", "int8"});
  refused({"--weights-only", "int4", "--block", "0"}, {"--block 0", "int8"});
  refused({"--weights-only", "int4", "--block", "48"}, {"--block", "power of two"});
  refused({"--weights-only", "int8", "--block", "0", "--form", "matmulnbits"}, {"--block 0"});
  refused({"--weights-only", "int8", "--block", "0", "--zero-points"}, {"--zero-points"});
  refused({"--weights-only", "int4", "--form", "gguf"}, {"--form", "matmulnbits"});
  refused({"--weights-only", "int4", "--form", "matmulnbits", "--target", "tensorrt"},
          {"tensorrt", "MatMulNBits"});
  refused({"--weights-only", "int4", "--block", "32", "--target", "tensorrt"}, {"64 or 128"});
  refused({"--weights-only", "int4", "--range", "mse"}, {"--range", "--weights-only"});
  refused({"--weights-only", "int4", "--data", kSamples, "--max-drop", "1%"}, {"--max-drop"});
  refused({"--weights-only", "int4", "--saturation-safe"}, {"--saturation-safe"});
  refused({"--weights-only", "int4", "--recipe", dir.file("r.txt")}, {"--recipe"});
  refused({"--weights-only", "int4", "--exclude", "nobody"}, {"nobody"});
  refused({"--data", kSamples, "--block", "32"}, {"--weights-only"});
}

TEST_CASE("a softmax behind a transpose is along the last axis for ort-cpu", "[cli]") {
  namespace ow = onnx_writer;
  const TempDir dir;
  std::vector<float> weights;
  for (int i = 0; i < 8 * 64; ++i) weights.push_back(0.01F * static_cast<float>(i * 37 % 101 - 50));
  const auto model = ow::model(
      {{ow::node("MatMul", {"x", "w"}, {"m"}), ow::node("Reshape", {"m", "grid"}, {"g"}),
        ow::node("Transpose", {"g"}, {"t"}, {ow::attr_ints("perm", {0, 2, 1, 3})}),
        ow::node("Softmax", {"t"}, {"y"}, {ow::attr_int("axis", 1)})},
       {ow::value("x", 1, {ow::Dim(1), ow::Dim(8)})},
       {ow::value("y", 1, {ow::Dim(1), ow::Dim(4), ow::Dim(2), ow::Dim(8)})},
       {ow::tensor_floats("w", {8, 64}, weights), ow::tensor_ints("grid", {4}, {1, 2, 4, 8})},
       {}});
  write_file(dir.file("m.onnx"), model);
  std::vector<float> rows;
  for (int i = 0; i < 4 * 8; ++i) rows.push_back(0.1F * static_cast<float>(i * 13 % 29 - 14));
  auto writer = vernier::NpzWriter::open(dir.file("x.npz"));
  REQUIRE(writer);
  REQUIRE(writer->add("x", vernier::Tensor::from_float(rows, {4, 8}).view()));
  REQUIRE(writer->commit());
  for (const auto& [target, axis] : {std::pair{"ort-cpu", 3}, std::pair{"openvino", 1}}) {
    const auto made =
        program({"quantize", dir.file("m.onnx"), dir.file("q.onnx"), "--data", dir.file("x.npz"),
                 "--target", target, "--report", dir.file("r.json")});
    INFO(target << made.err);
    REQUIRE(made.code == 0);
    const auto written = vernier::onnx::import_model(dir.file("q.onnx"));
    REQUIRE(written);
    const vernier::Node& softmax = vernier::test::only(written->graph, "Softmax");
    CHECK(vernier::int_attribute(softmax, "axis", -1) == axis);
    const auto report = nlohmann::json::parse(read_file(dir.file("r.json")));
    CHECK(report["outputs"][0]["sqnr_db"].get<double>() > 25.0);
  }
}
