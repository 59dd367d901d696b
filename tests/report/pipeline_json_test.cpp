#include "report/pipeline_json.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "report/report.h"
#include "support/fake_steps.h"
#include "support/json_schema.h"

using namespace vernier;
using Json = nlohmann::json;

namespace {

Report sample() {
  FakeSteps steps(8);
  steps.failing[PipelineStage::preprocess] = {{3, Errc::invalid_data}};
  auto m = measure_pipeline(steps, {});
  REQUIRE(m);
  m->source = "photos \xff\x01";
  m->kind = "pictures";
  m->preprocess = "yolo";
  m->postprocess = "yolo";
  Report report;
  report.models = {{"model.onnx", std::string(64, 'a'), 1234}};
  report.measurement.environment.created_utc = "2026-01-02T03:04:05Z";
  report.pipeline = std::move(*m);
  return report;
}

std::vector<std::string> violations(const std::string& text) {
  std::ifstream file(std::string(VERNIER_SOURCE_DIR) +
                     "/lib/report/schema/vernier-report.schema.json");
  return JsonSchema(Json::parse(file)).violations(Json::parse(text));
}

}  // namespace

TEST_CASE("a pipeline report fits the schema and survives reading back") {
  Report report = sample();
  const std::string text = to_json(report);
  const auto problems = violations(text);
  CAPTURE(problems);
  CHECK(problems.empty());
  const auto back = report_from_json(text);
  REQUIRE(back);
  REQUIRE(back->pipeline);
  CHECK(Json::parse(to_json(*back))["pipeline"] == Json::parse(text)["pipeline"]);
  const Json pipeline = Json::parse(text)["pipeline"];
  CHECK(pipeline["failed"][0]["index"] == 3);
  CHECK(pipeline["failed"][0]["stage"] == "preprocess");
  CHECK(pipeline["stages"]["inference"]["latency_ns"]["p50"]["value"] == 1);
  CHECK(pipeline["gain"]["pairs"] == 6);
  report.pipeline.reset();
  CHECK_FALSE(Json::parse(to_json(report)).contains("pipeline"));
  CHECK(violations(to_json(report)).empty());
}

TEST_CASE("a damaged pipeline member is refused") {
  const Json good = Json::parse(to_json(sample()));
  const auto refused = [&](const Json& pipeline) {
    Json json = good;
    json["pipeline"] = pipeline;
    const auto report = report_from_json(json.dump());
    return !report && report.error().id == "E-REPORT-FORMAT";
  };
  CHECK(refused(nullptr));
  CHECK(refused(Json::object()));
  Json wrong = good["pipeline"];
  wrong["sequential"]["passes"][0]["wall_ns"] = 1e300;
  CHECK(refused(wrong));
  wrong = good["pipeline"];
  wrong["staged"]["passes"][1]["samples_ns"]["decode"][0] = "x";
  CHECK(refused(wrong));
}
