#include "api/convert_verify.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>

#include "support/onnx_writer.h"
#include "support/temp_dir.h"

using namespace vernier;
namespace ow = onnx_writer;

namespace {

NamedTensor named(const char* name, const std::vector<float>& values) {
  return {name, Tensor::from_float(values, {static_cast<std::int64_t>(values.size())})};
}

}  // namespace

TEST_CASE("each output has a tolerance of its own, which rounding widens up to a bound", "[api]") {
  ConvertOptions options;
  const OutputNoise noise = {{"quiet", 0.0}, {"loud", 2e-5}, {"wild", 0.5}};
  const Tolerance found = conversion_tolerance(options, noise);
  CHECK(found.of("quiet") == 1e-5);
  CHECK(found.of("loud") == Approx(1.6e-4));
  CHECK(found.of("wild") == 1e-3);
  CHECK(found.of("not measured") == 1e-5);
  options.max_rel_l2 = 1e-6;
  CHECK(conversion_tolerance(options, noise).of("loud") == 1e-6);
  options.max_rel_l2.reset();
  options.to = "fp16";
  CHECK(conversion_tolerance(options, noise).of("quiet") == 1e-2);
}

TEST_CASE("what rounding does to one output excuses no other", "[api]") {
  const InputSets before = {{named("loud", {1.0F, 1.0F}), named("quiet", {1.0F, 1.0F})}};
  const InputSets after = {{named("loud", {1.0001F, 1.0F}), named("quiet", {1.0F, 1.0001F})}};
  const Tolerance tolerance{1e-5, {{"loud", 1e-3}}};
  ConvertReport report;
  judge_conversion(before, after, tolerance, {}, report);
  CHECK_FALSE(report.agrees);
  REQUIRE(report.outputs.size() == 2);
  CHECK(report.outputs[0].tolerance == 1e-3);
  CHECK(report.outputs[1].tolerance == 1e-5);
  CHECK(excess_of(report) == Approx(1e-4 / std::sqrt(2.0) / 1e-5).epsilon(1e-2));
  judge_conversion(before, before, tolerance, {}, report);
  CHECK(report.agrees);
  CHECK(excess_of(report) == 0.0);
}

TEST_CASE("an output that is gone is off without bound", "[api]") {
  const InputSets before = {{named("a", {1.0F}), named("b", {1.0F})}};
  const InputSets after = {{named("a", {1.0F})}};
  ConvertReport report;
  judge_conversion(before, after, {1e-5, {}}, {}, report);
  CHECK_FALSE(report.agrees);
  CHECK(excess_of(report) == std::numeric_limits<double>::infinity());
}

TEST_CASE("noise is what one step of the inputs does to float outputs of one shape", "[api]") {
  const TempDir dir;
  const auto row = [](const char* name, int type) { return ow::value(name, type, {ow::Dim(4)}); };
  // One step up or down decides how many elements are above 1; zeros stay where they are.
  std::ofstream(dir.file("m.onnx"), std::ios::binary)
      << ow::model({{ow::node("Sub", {"x", "one"}, {"rest"}, {}, "rest"),
                     ow::node("Mul", {"x", "one"}, {"same"}, {}, "same"),
                     ow::node("Sign", {"z"}, {"sign"}, {}, "sign"),
                     ow::node("Greater", {"u", "one"}, {"above"}, {}, "above"),
                     ow::node("NonZero", {"above"}, {"where"}, {}, "where"),
                     ow::node("Cast", {"where"}, {"found"}, {ow::attr_int("to", 1)}, "found")},
                    {row("x", 1), row("u", 1), row("z", 1)},
                    {row("rest", 1), row("same", 1), row("sign", 1), row("above", 9),
                     ow::value("found", 1, {ow::Dim(1), ow::Dim("n")})},
                    {ow::tensor_floats("one", {1}, {1.0F})},
                    {}});
  const float step = std::numeric_limits<float>::epsilon();
  const InputSets inputs = {{named("x", {1.0F, 1.0F + step, 1.0F, 1.0F + step}),
                             named("u", {1.0F, 1.0F, 1.0F, 1.0F}),
                             named("z", {0.0F, 0.0F, 0.0F, 0.0F})}};
  const ConvertOptions options;
  const auto outputs = run_sets(dir.file("m.onnx"), options, RunAs::written, inputs, {});
  REQUIRE(outputs);
  const auto noise = rounding_noise(dir.file("m.onnx"), options, RunAs::written, inputs, *outputs);
  REQUIRE(noise);
  CHECK(noise->at("rest") > 0.1);
  CHECK(noise->at("same") > 1e-8);
  CHECK(noise->at("same") < 2e-7);
  CHECK(noise->at("sign") == 0.0);
  CHECK(noise->at("above") == 0.0);
  CHECK(noise->at("found") == 0.0);
}
