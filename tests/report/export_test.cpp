#include "report/export/export.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "measure/block_compare.h"
#include "report/export/text.h"
#include "report/random_report.h"
#include "report/summary.h"

using namespace vernier;
using Json = nlohmann::json;

namespace {

const std::string kHostile =
    "<script>alert(1)</script>\"'&|`x`,;:%0A\n::error::x\r\n\xE2\x80\xAE"
    "gpj\xE2\x80\x8B\x01\xff]]>@all";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string exported(const Report& report, const std::string& format) {
  auto text = export_report(report, format);
  REQUIRE(text);
  return *text;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> list;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) list.push_back(line);
  return list;
}

std::vector<BlockSamples> blocks(int rounds, int runs, std::int64_t base) {
  std::vector<BlockSamples> list(rounds);
  for (int r = 0; r < rounds; ++r) {
    list[r].round = r;
    list[r].wall_ns = base * runs;
    for (int i = 0; i < runs; ++i) list[r].ns.push_back(base + (r * 7919 + i * 104729) % 50'000);
  }
  return list;
}

EngineMeasurement engine(const std::string& label, std::int64_t base) {
  EngineMeasurement m;
  m.label = m.name = label;
  m.version = "1.0";
  m.model = "net.onnx";
  m.blocks = blocks(12, 40, base);
  m.latency = summarize(m.blocks);
  m.memory.peak_rss_bytes = 64 << 20;
  m.validity = {{"converged", ValidityCheck::Status::ok, "480 runs", "10 runs", ""}};
  return m;
}

/// Two engines, the second a fifth slower.
Report plain() {
  Report report;
  report.command = {"vernier", "bench", "net.onnx"};
  report.models = {{"net.onnx", std::string(64, 'a'), 1000}};
  report.measurement.environment.created_utc = "2025-01-31T12:34:56Z";
  report.measurement.environment.load_1min = 0.25;
  report.measurement.engines = {engine("fast", 1'000'000), engine("slow", 1'200'000)};
  Comparison c;
  c.baseline = "fast";
  c.contender = "slow";
  c.ratio = 0.8;
  c.ci_low = 0.79;
  c.ci_high = 0.81;
  c.margin = 0.01;
  c.pairs = 12;
  c.verdict = Verdict::slower;
  c.outputs = {true, true, 1e-6, 1.0, true, 1e-3, ""};
  report.measurement.comparisons = {c};
  return report;
}

Report hostile() {
  Report report = plain();
  report.models[0].file = kHostile;
  report.command = {kHostile};
  Measurement& m = report.measurement;
  m.environment.cpu_model = kHostile;
  m.environment.load_1min = std::numeric_limits<double>::infinity();
  for (EngineMeasurement& e : m.engines) {
    e.label = e.name = e.version = e.model = e.case_label = e.stop_reason = kHostile;
    e.validity.push_back({kHostile, ValidityCheck::Status::suspect, kHostile, kHostile, kHostile});
    e.throughput = {1.0, 0.5, std::numeric_limits<double>::infinity()};
    e.facts.notes = {kHostile};
  }
  m.engines.push_back(engine("=cmd|' /C calc'!A0", 900'000));
  m.engines.back().error = make_error(Errc::device, "E-DEVICE-LOST", kHostile);
  Comparison& c = m.comparisons[0];
  c.baseline = c.contender = c.case_label = c.reason = kHostile;
  c.outputs.max_rel_l2 = std::numeric_limits<double>::quiet_NaN();
  c.verdict = Verdict::disagrees;
  c.outputs.agree = false;
  return report;
}

}  // namespace

TEST_CASE(
    "every format is listed once and writes something; the files are kept for their readers") {
  const std::filesystem::path folder = std::string(VERNIER_BINARY_DIR) + "/report_exports";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const std::map<std::string, Report> reports = {{"plain", plain()},
                                                 {"hostile", hostile()},
                                                 {"random", RandomReport(3).make()},
                                                 {"empty", Report{}}};
  std::set<std::string_view> names;
  for (const Exporter& exporter : exporters()) {
    CAPTURE(exporter.name);
    CHECK(names.insert(exporter.name).second);
    for (const auto& [name, report] : reports) {
      const std::string text = exported(report, std::string(exporter.name));
      const bool may_be_empty =
          name == "empty" && (exporter.name == "jsonl" || exporter.name == "github-annotations");
      CHECK((may_be_empty || !text.empty()));
      std::ofstream file(folder /
                         (name + "." + std::string(exporter.name) + std::string(exporter.suffix)));
      file << text;
    }
  }
  const auto unknown = export_report(plain(), "pdf");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::usage);
  CHECK(has(unknown.error().message, "junit"));
}

TEST_CASE("hostile names stay text in every format") {
  const Report report = hostile();
  for (const Exporter& exporter : exporters()) {
    CAPTURE(exporter.name);
    const std::string text = exported(report, std::string(exporter.name));
    CHECK(exports::visible(text).find('\x01') == std::string::npos);
    CHECK_FALSE(has(text, std::string(1, '\x01')));
    CHECK_FALSE(has(text, std::string(1, '\xff')));
    if (has(text, "\"schema_version\"") || exporter.suffix == ".json" || exporter.name == "jsonl") {
      continue;  // JSON carries names as they are; readers escape them
    }
    CHECK_FALSE(has(text, "\xE2\x80\xAE"));
    CHECK_FALSE(has(text, "\xE2\x80\x8B"));
    if (exporter.name == "html" || exporter.name == "junit") CHECK_FALSE(has(text, "<script"));
  }
  for (const char* format : {"json", "bmf", "google-benchmark", "github-action-benchmark"}) {
    CAPTURE(format);
    const Json json = Json::parse(exported(report, format));  // strict: no NaN, no Infinity
    CHECK_FALSE(json.empty());
  }
  for (const std::string& line : lines(exported(report, "jsonl"))) CHECK(Json::accept(line));
}

TEST_CASE("JSON lines hold every sample in order, with what the kernel did") {
  Report report = plain();
  EngineMeasurement& first = report.measurement.engines[0];
  first.blocks[2].events = {{1, 3, 4, 5}};
  const auto all = lines(exported(report, "jsonl"));
  REQUIRE(all.size() == 2 * 12 * 40);
  const Json row = Json::parse(all[2 * 40 + 1]);
  CHECK(row["engine"] == "fast");
  CHECK(row["round"] == 2);
  CHECK(row["run"] == 1);
  CHECK(row["ns"] == first.blocks[2].ns[1]);
  CHECK(row["involuntary_switches"] == 3);
  CHECK(row["minor_faults"] == 4);
  CHECK(row["major_faults"] == 5);
  CHECK(Json::parse(all[0])["major_faults"] == 0);           // it tells, and there was none
  CHECK(Json::parse(all.back())["major_faults"].is_null());  // this engine does not tell
}

TEST_CASE("CSV: one row a result, formulas defused") {
  Report report = plain();
  report.measurement.engines[0].label = "=1+1";
  report.measurement.engines[1].label = "a,\"b\"";
  report.measurement.comparisons[0].contender = "a,\"b\"";
  const std::string text = exported(report, "csv");
  CHECK(has(text, ",'=1+1,"));
  CHECK(has(text, ",\"a,\"\"b\"\"\","));
  CHECK(has(text, ",slower,"));
  const auto all = lines(text);
  REQUIRE(all.size() == 3);
  for (const std::string& line : all) CHECK(line.back() == '\r');
  for (const char* start : {"=x", "+x", "-x", "@x", "\tx", "\n=x", " =x"}) {
    report.measurement.engines[0].label = start;
    CHECK(has(exported(report, "csv"), ",'"));
  }
}

TEST_CASE("JUnit: errors, disagreement and more than the allowed slowdown fail") {
  Report report = plain();
  CHECK(has(exported(report, "junit"), "failures=\"0\" errors=\"0\""));  // a finding of bench
  report.kind = "compare";
  CHECK(has(exported(report, "junit"), "failures=\"1\" errors=\"0\""));
  report.gate = ReportGate{0.30, std::nullopt};  // 25 % slower is within 30 %
  CHECK(has(exported(report, "junit"), "failures=\"0\" errors=\"0\""));
  report.gate = ReportGate{0.20, std::nullopt};  // the whole interval, up to 0.81, is below 1/1.2
  CHECK(has(exported(report, "junit"), "slow takes 25.0 % more time than fast"));
  report.gate = ReportGate{std::nullopt, 1e-7};
  CHECK(has(exported(report, "junit"), "failures=\"1\" errors=\"0\""));
  report.kind = "bench";
  report.gate.reset();
  report.measurement.comparisons[0].verdict = Verdict::disagrees;
  CHECK(has(exported(report, "junit"), "failures=\"1\" errors=\"0\""));
  report.measurement.comparisons[0].verdict = Verdict::inconclusive;
  CHECK(has(exported(report, "junit"), "<skipped"));
  report.measurement.engines[0].error = make_error(Errc::device, "E-DEVICE-LOST", "gone");
  CHECK(has(exported(report, "junit"), "failures=\"0\" errors=\"1\""));
}

TEST_CASE("annotations are one command a line, escaped, at most ten of a kind") {
  Report report = plain();
  report.measurement.engines[0].label = "50%:a,b\n::error::forged";
  const auto all = lines(exported(report, "github-annotations"));
  REQUIRE(all.size() == 3);
  CHECK(all[0].rfind("::notice title=vernier%3A 50%25%3Aa%2Cb %3A%3Aerror%3A%3Aforged::p50 ", 0) ==
        0);
  EngineMeasurement& m = report.measurement.engines[1];
  for (int i = 0; i < 25; ++i) {
    m.validity.push_back({"check", ValidityCheck::Status::suspect, std::to_string(i), "", ""});
  }
  const auto many = lines(exported(report, "github-annotations"));
  const auto warnings = std::count_if(many.begin(), many.end(), [](const std::string& line) {
    return line.rfind("::warning ", 0) == 0;
  });
  CHECK(warnings == 10);
  CHECK(has(exported(report, "github-annotations"), "16 more"));
}

TEST_CASE("the trackers' formats carry the same median") {
  const Report report = plain();
  const auto p50 = *report.measurement.engines[1].latency.p50.value;
  const Json action = Json::parse(exported(report, "github-action-benchmark"));
  CHECK(action[2]["name"] == "net.onnx slow p50");
  CHECK(action[2]["value"] == p50);
  CHECK(action[2]["unit"] == "ns");
  const Json bmf = Json::parse(exported(report, "bmf"));
  CHECK(bmf["net.onnx slow"]["latency"]["value"] == p50);
  CHECK(bmf["net.onnx slow"]["peak-memory"]["value"] == 64 << 20);
  const Json google = Json::parse(exported(report, "google-benchmark"));
  const Json& first = google["benchmarks"][0];
  CHECK(first["run_type"] == "iteration");
  CHECK(first["iterations"] == 40);
  double sum = 0.0;
  for (const auto ns : report.measurement.engines[0].blocks[0].ns) sum += static_cast<double>(ns);
  CHECK(first["real_time"].get<double>() == Approx(sum / 40));
  CHECK(google["benchmarks"].size() == 2 * (12 + 4));
}

TEST_CASE("results of one name are kept apart") {
  Report report = plain();
  report.measurement.engines[1].label = "fast";
  CHECK(unique_names(report.measurement) == std::vector<std::string>{"fast", "fast (2)"});
  CHECK(Json::parse(exported(report, "bmf")).size() == 2);
  report.measurement.engines[1].model = "dir/other.onnx";
  CHECK(unique_names(report.measurement) ==
        std::vector<std::string>{"net.onnx fast", "other.onnx fast"});
}

TEST_CASE("Markdown names are code, also with bars and backticks") {
  Report report = plain();
  report.measurement.engines[0].label = "a|b`c``d @team <b>";
  const std::string text = exported(report, "markdown");
  CHECK(has(text, "| ``` a\\|b`c``d @team <b> ``` |"));
  CHECK(has(text, "**slower**"));
}

TEST_CASE("the page stays small with many samples and thins without losing extremes") {
  Report report = plain();
  for (EngineMeasurement& m : report.measurement.engines) {
    m.blocks = blocks(100, 1000, 1'000'000);
    m.blocks[50].ns[500] = 1;  // the fastest run by far
  }
  const std::string page = exported(report, "html");
  CHECK(page.size() < 400'000);
  CHECK(has(page, "<svg class=\"plot wide\""));
  CHECK(has(page, "<svg class=\"plot narrow\""));
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "http:"));
  CHECK_FALSE(has(page, "https:"));
  CHECK_FALSE(has(page, "url(h"));
  CHECK_FALSE(has(page, "nan"));
}

TEST_CASE("text for people") {
  using namespace exports;
  CHECK(visible("a\xE2\x80\xAE"
                "b\n\x1b[1m\xC0\xAF") == "a<U+202E>b  [1m\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(markup("<a b='c'>&\"") == "&lt;a b=&#39;c&#39;&gt;&amp;&quot;");
  CHECK(duration(5'926'000) == "5.926 ms");
  CHECK(duration(999) == "999.0 ns");
  CHECK(bytes(82'341'888) == "78.5 MiB");
  CHECK(bytes(0) == "-");
  CHECK(figure(0.00123456, 3) == "0.00123");
  CHECK(figure(1234567.0, 4) == "1234567");
  CHECK(figure(std::numeric_limits<double>::quiet_NaN()) == "-");
}
