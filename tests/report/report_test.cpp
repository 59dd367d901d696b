#include "report/report.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "measure/conductor.h"
#include "measure/fake_contender.h"
#include "report/diff.h"
#include "support/json_schema.h"
#include "support/temp_dir.h"

using namespace vernier;
using Json = nlohmann::json;

namespace {

Measurement measured(std::vector<Contender> contenders, const MeasureHooks& hooks = {}) {
  const InputMaker inputs = [](const auto&) -> Result<std::vector<NamedTensor>> {
    std::vector<NamedTensor> list;
    list.push_back({"x", Tensor::from_float(std::vector<float>{1, 2, 3}, {1, 3})});
    return list;
  };
  MeasureSettings settings;
  settings.min_time_s = 0.3;
  settings.warmup_s = 0.01;
  auto result = measure_engines(contenders, inputs, settings, hooks);
  REQUIRE(result);
  return std::move(*result);
}

Report sample(std::map<std::string, std::string> second = {{"mean", "900000"}}) {
  Report report;
  report.command = {"vernier", "bench", "model.onnx"};
  report.models = {{"model.onnx", std::string(64, 'a'), 1234}};
  report.inputs = {{"x",
                    "float",
                    {1, 3},
                    std::string(64, 'b'),
                    "file",
                    "",
                    "cat.png",
                    {{"mean", std::vector<double>{0.1, 0.2, 0.3}},
                     {"multiplier", 0.5},
                     {"name", std::string("imagenet")},
                     {"width", std::int64_t{224}}}}};
  std::vector<Contender> contenders;
  contenders.push_back(fake_contender("a", {{"jitter", "1000"}}));
  contenders.push_back(fake_contender("b", std::move(second)));
  report.measurement = measured(std::move(contenders));
  return report;
}

JsonSchema schema() {
  std::ifstream file(std::string(VERNIER_SOURCE_DIR) +
                     "/lib/report/schema/vernier-report.schema.json");
  return JsonSchema(Json::parse(file));
}

void check_valid(const Report& report) {
  const auto problems = schema().violations(Json::parse(to_json(report)));
  CAPTURE(problems);
  CHECK(problems.empty());
}

}  // namespace

TEST_CASE("every kind of report fits the schema") {
  check_valid(sample());
  auto kept = ReportWriter::open(std::string(VERNIER_BINARY_DIR) + "/report_sample.json");
  REQUIRE(kept);
  REQUIRE(kept->finish(sample({{"nan", "1"}})));  // for the check with Python's jsonschema
  check_valid(sample({{"nan", "1"}}));
  check_valid(sample({{"fail_load", "1"}}));
  Report hostile = sample();
  hostile.models[0].file = "bad \xff\x01 name";
  hostile.measurement.engines[0].facts.placement[0].reason = "the kernel lacks int4";
  hostile.measurement.environment.load_1min = std::numeric_limits<double>::infinity();
  check_valid(hostile);

  std::atomic<bool> interrupt{false};
  MeasureHooks hooks;
  hooks.interrupt = &interrupt;
  int blocks = 0;
  hooks.progress = [&](const MeasureProgress& p) {
    if (p.stage == MeasureProgress::Stage::measure && ++blocks == 2) interrupt = true;
  };
  Report partial = sample();
  std::vector<Contender> contenders;
  contenders.push_back(fake_contender("a", {}));
  contenders.push_back(fake_contender("b", {}));
  partial.measurement = measured(std::move(contenders), hooks);
  check_valid(partial);
  CHECK(Json::parse(to_json(partial))["status"] == "interrupted");
  hooks.progress = nullptr;  // the flag is still up: stopped before anything was loaded
  contenders.clear();
  contenders.push_back(fake_contender("a", {}));
  partial.measurement = measured(std::move(contenders), hooks);
  check_valid(partial);
}

TEST_CASE("the schema refuses broken reports") {
  const Json good = Json::parse(to_json(sample()));
  const auto broken = [&](auto change) {
    Json bad = good;
    change(bad);
    return !schema().violations(bad).empty();
  };
  CHECK(broken([](Json& j) { j.erase("results"); }));
  CHECK(broken([](Json& j) { j["schema_version"] = "2.0.0"; }));
  CHECK(broken([](Json& j) { j["status"] = "fine"; }));
  CHECK(broken([](Json& j) { j["model"]["sha256"] = "short"; }));
  CHECK(broken([](Json& j) { j["results"][0]["latency_ns"]["p50"] = {{"value", nullptr}}; }));
  CHECK(broken([](Json& j) { j["results"][0]["latency_ns"]["p50"].erase("estimator"); }));
  CHECK(broken([](Json& j) { j["results"][0]["phases"]["load_ns"] = 1.5; }));
  CHECK(broken([](Json& j) { j["comparisons"][0]["verdict"] = "maybe"; }));
  CHECK(broken([](Json& j) { j["comparisons"][0]["outputs"] = Json::object(); }));
}

TEST_CASE("the members that scripts rely on") {
  const Json j = Json::parse(to_json(sample()));
  const Json& r = j["results"][1];
  CHECK(r["engine"]["name"] == "fake");
  CHECK(r["settings"]["precision"] == "fp32");
  CHECK(r["settings"]["threads"] == 1);
  CHECK(r["settings"]["batch"] == 1);
  CHECK(r["phases"].contains("load_ns"));
  CHECK(r["phases"]["first_inference_ns"].get<std::int64_t>() == 900000);
  CHECK(r["latency_ns"]["p50"]["value"] == 900000);
  CHECK(r["latency_ns"]["min"] == 900000);
  CHECK(r["throughput_per_s"].get<double>() == Approx(1e9 / 900000));
  CHECK(r["memory"]["planned_arena_bytes"] == 4096);
  CHECK(r["memory"]["vram"]["peak_bytes"].is_null());
  CHECK(r["placement"]["nodes_per_backend"]["cpu"] == 1);
  const Json& c = j["comparisons"][0];
  CHECK(c["ratio"].get<double>() > 1.1);
  CHECK(c["verdict"] == "faster");
  CHECK(c["outputs"]["agree"] == true);
  CHECK(c["outputs"]["max_rel_l2"] == 0.0);
  CHECK(j["inputs"][0]["preprocess"]["mean"][2] == 0.3);
  const Json bad = Json::parse(to_json(sample({{"nan", "1"}})));
  CHECK(bad["comparisons"][0]["verdict"] == "disagrees");
  CHECK(bad["comparisons"][0]["outputs"]["max_rel_l2"].is_null());
}

TEST_CASE("reports survive reading and writing") {
  for (const auto& second : {std::map<std::string, std::string>{{"mean", "900000"}},
                             {{"nan", "1"}},
                             {{"fail_load", "1"}}}) {
    const std::string text = to_json(sample(second));
    auto report = report_from_json(text);
    REQUIRE(report);
    const std::string again = to_json(*report);
    const auto differs = std::mismatch(again.begin(), again.end(), text.begin(), text.end()).first;
    const std::size_t at = static_cast<std::size_t>(differs - again.begin());
    INFO(again.substr(at > 200 ? at - 200 : 0, 400));
    CHECK((again == text));
  }
}

TEST_CASE("hostile reports are errors, not crashes") {
  CHECK(report_from_json("").error().id == "E-REPORT-FORMAT");
  CHECK(report_from_json("[1]").error().id == "E-REPORT-FORMAT");
  CHECK(report_from_json("{}").error().id == "E-REPORT-FORMAT");
  CHECK(report_from_json(R"({"schema_version":"2.0.0"})").error().id == "E-REPORT-VERSION");
  CHECK(report_from_json(std::string(100'000, '[')).error().code == Errc::invalid_data);
  CHECK(read_report("/nonexistent.json").error().code == Errc::invalid_data);
  const Json good = Json::parse(to_json(sample()));
  // Every member replaced by something else, one at a time, at two levels.
  const std::vector<Json> junk = {nullptr,
                                  7,
                                  -1,
                                  1e300,
                                  "x",
                                  Json::array({1, "a", nullptr}),
                                  Json::object({{"z", 1}}),
                                  true,
                                  18446744073709551615ULL};
  for (const auto& [key, value] : good.items()) {
    for (const Json& other : junk) {
      Json bad = good;
      bad[key] = other;
      if (auto read = report_from_json(bad.dump())) to_json(*read);
      if (!value.is_array() || value.empty()) continue;
      for (const auto& [inner, ignored] : value[0].items()) {
        if (!value[0].is_object()) break;
        bad = good;
        bad[key][0][inner] = other;
        if (auto read = report_from_json(bad.dump())) to_json(*read);
      }
    }
  }
}

TEST_CASE("the file is checked first and appears whole") {
  CHECK(ReportWriter::open("/nonexistent/r.json").error().code == Errc::output);
  TempDir dir;
  const Report report = sample();
  {
    auto writer = ReportWriter::open(dir.file("r.json"));
    REQUIRE(writer);
    REQUIRE(writer->update(report));
    CHECK_FALSE(std::filesystem::exists(dir.file("r.json")));
    REQUIRE(writer->finish(report));
  }
  auto back = read_report(dir.file("r.json"));
  REQUIRE(back);
  CHECK((to_json(*back) == to_json(report)));
  auto model = describe_model(dir.file("r.json"));
  REQUIRE(model);
  CHECK(model->bytes == to_json(report).size());
  CHECK(model->sha256.size() == 64);
}

TEST_CASE("two reports are compared label by label") {
  const Report a = sample();
  Report b = sample({{"mean", "1000000"}});
  const ReportDiff diff = compare_reports(a, b, 0.05);
  REQUIRE(diff.comparisons.size() == 2);
  CHECK(diff.comparisons[0].verdict == Verdict::equivalent);
  CHECK(diff.comparisons[1].verdict == Verdict::slower);
  CHECK(*diff.comparisons[1].ratio == Approx(0.9).epsilon(0.01));
  CHECK(diff.comparable());
  b.measurement.engines[1].settings.threads = 8;
  b.measurement.engines[0].label = "other";
  const ReportDiff unlike = compare_reports(a, b, 0.05);
  CHECK_FALSE(unlike.comparable());
  CHECK(unlike.unmatched == std::vector<std::string>{"a", "other"});
}
