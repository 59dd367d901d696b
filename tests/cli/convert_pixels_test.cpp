#include <cmath>

#include <catch2/catch.hpp>

#include "cli/program.h"
#include "data/image.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"
#include "tensor/npz.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

/// y = conv(x, w), 2 x 2 with padding, of a float picture [1,3,8,8].
std::string float_model(std::int64_t channels) {
  std::vector<float> weights;
  for (std::int64_t i = 0; i < 2 * channels * 4; ++i) {
    weights.push_back(static_cast<float>(i % 7) - 2.5F);
  }
  const auto size = [](std::int64_t n) { return ow::Dim(n); };
  return ow::model({{ow::node("Conv", {"x", "w"}, {"y"}, {ow::attr_ints("pads", {0, 0, 1, 1})})},
                    {ow::value("x", 1, {size(1), size(channels), size(8), size(8)})},
                    {ow::value("y", 1, {size(1), size(2), size(8), size(8)})},
                    {ow::tensor_floats("w", {2, channels, 2, 2}, weights)},
                    {}});
}

void write_picture(const std::string& file) {
  vernier::Image image{20, 15, {}};
  for (int i = 0; i < 20 * 15 * 3; ++i) {
    image.rgb.push_back(static_cast<std::uint8_t>(i * 31 % 251));
  }
  REQUIRE(vernier::save_image(image, file));
}

/// Output y of a run on the picture.
std::vector<float> answer(const TempDir& dir, const std::string& model,
                          const std::vector<std::string>& more) {
  std::vector<std::string> command = {"run",      dir.file(model),  "--input", dir.file("p.png"),
                                      "--output", dir.file("y.npz")};
  command.insert(command.end(), more.begin(), more.end());
  const auto outcome = program(command);
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  const auto archive = vernier::NpzReader::open(dir.file("y.npz"));
  REQUIRE(archive);
  const auto y = archive->read("y");
  REQUIRE(y);
  const auto values = y->span<float>();
  return {values.begin(), values.end()};
}

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double difference = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

}  // namespace

TEST_CASE("a model with folded preprocessing takes pictures by itself", "[cli]") {
  const TempDir dir;
  write_file(dir.file("float.onnx"), float_model(3));
  write_picture(dir.file("p.png"));
  for (const std::string preset : {"imagenet", "yolo", "ocr_det", "unit", "raw"}) {
    INFO(preset);
    const auto outcome = program({"convert", dir.file("float.onnx"), dir.file("u8.onnx"),
                                  "--fold-preprocess", preset, "--input", dir.file("p.png")});
    INFO(outcome.err + outcome.out);
    REQUIRE(outcome.code == 0);
    REQUIRE(has(outcome.out, "input 'x' is uint8[1,8,8,3]"));
    REQUIRE(has(outcome.out, "verified over 1 samples"));
    const auto before = answer(dir, "float.onnx", {"--preprocess", preset});
    REQUIRE(distance(answer(dir, "u8.onnx", {}), before) < 1e-5);
    REQUIRE(distance(answer(dir, "u8.onnx", {"--preprocess", preset}), before) < 1e-5);
  }
}

TEST_CASE("folded values of one's own", "[cli]") {
  const TempDir dir;
  write_file(dir.file("float.onnx"), float_model(3));
  write_picture(dir.file("p.png"));
  const auto outcome =
      program({"convert", dir.file("float.onnx"), dir.file("u8.onnx"), "--fold-preprocess",
               "unit,scale=1/127.5,mean=1:1:1,std=1,color=BGR", "--rename", "x=picture"});
  INFO(outcome.err + outcome.out);
  REQUIRE(outcome.code == 0);
  const auto inspected = program({"inspect", dir.file("u8.onnx"), "--json"});
  for (const std::string part :
       {R"("vernier.preprocess":"unit")", R"("vernier.preprocess.size":"8x8")",
        R"("vernier.preprocess.color":"BGR")", R"("vernier.preprocess.input":"picture")"}) {
    std::string text;
    for (const char c : inspected.out) {
      if (c != ' ' && c != '\n') text += c;
    }
    INFO(text);
    REQUIRE(has(text, part));
  }
  // 2 * unit - 1 with channels 0 and 2 swapped is another answer than unit's, but takes pictures.
  const auto own = answer(dir, "u8.onnx", {});
  REQUIRE(distance(own, answer(dir, "float.onnx", {"--preprocess", "unit"})) > 1e-2);
}

TEST_CASE("folded preprocessing is refused where it cannot hold", "[cli]") {
  const TempDir dir;
  write_file(dir.file("float.onnx"), float_model(3));
  write_file(dir.file("gray.onnx"), float_model(1));
  write_picture(dir.file("p.png"));
  const auto fold = [&](const std::string& model, const std::string& what) {
    return program({"convert", dir.file(model), dir.file("u8.onnx"), "--fold-preprocess", what});
  };
  REQUIRE(
      refusal(fold("gray.onnx", "unit"), 4, {"E-CONVERT-PREPROCESS", "float[1,1,8,8]"}).empty());
  REQUIRE(refusal(fold("float.onnx", "ocr_rec"), 4, {"pads with a value"}).empty());
  REQUIRE(refusal(fold("float.onnx", "nothing"), 2, {"E-PREPROCESS-NAME"}).empty());
  REQUIRE(refusal(fold("float.onnx", ""), 2, {"--fold-preprocess"}).empty());
  for (const char* text : {"unit,std=0", "scale=1/0", "scale=x", "scale=1e300/1e-300",
                           "scale=1e30,std=1e-30", "mean=1e39", "mean=1:2", "mode=3", "unit,raw"}) {
    INFO(text);
    REQUIRE(refusal(fold("float.onnx", text), 2, {"E-CONVERT-PREPROCESS"}).empty());
  }
  REQUIRE(names_in(dir.path()) == std::vector<std::string>{"float.onnx", "gray.onnx", "p.png"});
  REQUIRE(fold("float.onnx", "imagenet").code == 0);
  const std::string picture = dir.file("p.png");
  REQUIRE(refusal(program({"run", dir.file("u8.onnx"), "--input", picture, "--preprocess", "yolo"}),
                  2, {"E-PREPROCESS-FOLDED", "imagenet"})
              .empty());
  REQUIRE(refusal(program({"bench", dir.file("u8.onnx"), "--input", picture, "--preprocess", "unit",
                           "--max-time", "0.1"}),
                  2, {"E-PREPROCESS-FOLDED"})
              .empty());
  REQUIRE(refusal(program({"compare", dir.file("float.onnx"), dir.file("u8.onnx"), "--input",
                           picture, "--max-time", "0.1"}),
                  2, {"E-COMPARE-FOLDED", "float.onnx takes scaled", "u8.onnx takes 8-bit"})
              .empty());
  REQUIRE(refusal(program({"quantize", dir.file("u8.onnx"), dir.file("q.onnx"), "--data",
                           dir.path(), "--preprocess", "unit"}),
                  2, {"E-PREPROCESS-FOLDED"})
              .empty());
}

TEST_CASE("models that scale pictures in different ways are not compared", "[cli]") {
  const TempDir dir;
  write_file(dir.file("one.onnx"), float_model(3));
  const auto size = [](std::int64_t n) { return ow::Dim(n); };
  const std::vector<ow::Dim> picture = {size(1), size(3), size(8), size(8)};
  write_file(dir.file("two.onnx"),
             ow::model({{ow::node("Sub", {"a", "b"}, {"y"})},
                        {ow::value("a", 1, picture), ow::value("b", 1, picture)},
                        {ow::value("y", 1, picture)},
                        {},
                        {}}));
  const auto fold = [&](const std::string& model, const std::string& to, const std::string& how,
                        std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"convert", dir.file(model), dir.file(to), "--fold-preprocess", how});
    const auto outcome = program(more);
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
  };
  const auto compared = [&](const std::string& a, const std::string& b) {
    return program({"compare", dir.file(a), dir.file(b), "--no-speed"});
  };
  fold("one.onnx", "unit.onnx", "unit");
  fold("one.onnx", "said.onnx", "unit,scale=1/255,mean=0,std=1,color=RGB");
  fold("one.onnx", "named.onnx", "unit", {"--rename", "x=picture"});
  for (const std::string same : {"said.onnx", "named.onnx"}) {
    const auto outcome = compared("unit.onnx", same);
    INFO(same << outcome.err);
    CHECK(outcome.code == 0);
  }
  fold("one.onnx", "mean.onnx", "unit,mean=0.5");
  fold("one.onnx", "bgr.onnx", "unit,color=BGR");
  CHECK(refusal(compared("unit.onnx", "mean.onnx"), 2, {"E-COMPARE-FOLDED", "mean=0.5"}) == "");
  CHECK(refusal(compared("unit.onnx", "bgr.onnx"), 2, {"E-COMPARE-FOLDED", "BGR"}) == "");
  fold("two.onnx", "a.onnx", "unit,input=a");
  fold("two.onnx", "b.onnx", "unit,input=b");
  CHECK(refusal(compared("a.onnx", "b.onnx"), 2, {"E-COMPARE-FOLDED", "at 'a'", "at 'b'"}) == "");
}

TEST_CASE("metadata about pictures that are not known are refused", "[cli]") {
  const TempDir dir;
  write_file(dir.file("float.onnx"), float_model(3));
  write_picture(dir.file("p.png"));
  REQUIRE(program({"convert", dir.file("float.onnx"), dir.file("u8.onnx"), "--fold-preprocess",
                   "imagenet"})
              .code == 0);
  const std::string model = read_file(dir.file("u8.onnx"));
  const auto changed = [&](const std::string& key, const std::string& from, const std::string& to) {
    std::string bytes = model;
    const auto entry = bytes.find(key + "\x12");
    REQUIRE(entry != std::string::npos);
    const auto value = bytes.find(from, entry);
    REQUIRE(value != std::string::npos);
    bytes.replace(value, from.size(), to);
    write_file(dir.file("odd.onnx"), bytes);
    return program({"run", dir.file("odd.onnx"), "--input", dir.file("p.png")});
  };
  REQUIRE(refusal(changed("vernier.preprocess.color", "RGB", "GBR"), 4,
                  {"E-PREPROCESS-FOLDED", "'GBR'"})
              .empty());
  REQUIRE(refusal(changed("vernier.preprocess.layout", "NHWC", "NWHC"), 4,
                  {"E-PREPROCESS-FOLDED", "'NWHC'"})
              .empty());
  REQUIRE(refusal(changed("vernier.preprocess", "imagenet", "imagenat"), 4,
                  {"E-PREPROCESS-FOLDED", "'imagenat'"})
              .empty());
}
