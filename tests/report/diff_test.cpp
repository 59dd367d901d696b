#include "report/diff.h"

#include <filesystem>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>

#include "base/counter_random.h"
#include "report/history.h"
#include "support/temp_dir.h"

using namespace vernier;

namespace {

/// Blocks whose medians lie around `mean`, with noise of +-1 %.
std::vector<BlockSamples> blocks(double mean, std::uint64_t seed, int count = 30) {
  std::vector<BlockSamples> list;
  const std::uint64_t key = random_key(seed, "diff test");
  for (int round = 0; round < count; ++round) {
    BlockSamples block;
    block.round = round;
    for (std::uint64_t i = 0; i < 5; ++i) {
      const auto step = random_below(counter_random(key, round * 8ULL + i), 2001);
      block.ns.push_back(
          static_cast<std::int64_t>(mean * (0.99 + 0.00001 * static_cast<double>(step))));
    }
    list.push_back(std::move(block));
  }
  return list;
}

EngineMeasurement engine(const std::string& label, double mean, std::uint64_t seed) {
  EngineMeasurement m;
  m.label = label;
  m.name = "fake";
  m.version = "1";
  m.model = "m.onnx";
  m.settings.threads = 2;
  m.blocks = blocks(mean, seed);
  std::vector<std::int64_t> all;
  for (const auto& block : m.blocks) all.insert(all.end(), block.ns.begin(), block.ns.end());
  m.latency = summarize(all);
  return m;
}

Report report_of(double mean, std::uint64_t seed,
                 const std::string& created = "2025-01-01T00:00:00Z") {
  Report report;
  report.command = {"vernier", "bench"};
  report.models = {{"m.onnx", std::string(64, 'a'), 10}};
  report.inputs = {{"x", "float", {1, 3}, std::string(64, 'b'), "file", "", "x.npy", {}}};
  Environment& e = report.measurement.environment;
  e.cpu_model = "CPU 1";
  e.logical_cores = e.allowed_cores = 2;
  e.governor = "performance";
  e.build_type = "Release";
  e.tool_version = "1.0.0";
  e.created_utc = created;
  report.measurement.engines = {engine("v", mean, seed)};
  return report;
}

const ConditionDifference* find(const ReportDiff& diff, const std::string& path) {
  for (const auto& d : diff.conditions) {
    if (d.path == path) return &d;
  }
  return nullptr;
}

void write(const Report& report, const std::string& file) {
  auto writer = ReportWriter::open(file);
  REQUIRE(writer);
  REQUIRE(writer->finish(report));
}

}  // namespace

TEST_CASE("each condition is told, and severe ones take the ratio away") {
  struct Case {
    const char* path;
    bool severe;
    std::function<void(Report&)> change;
  };
  const std::vector<Case> cases = {
      {"environment.cpu.model", true, [](Report& r) { r.measurement.environment.cpu_model = "2"; }},
      {"environment.cpu.allowed_cores", true,
       [](Report& r) { r.measurement.environment.allowed_cores = 1; }},
      {"environment.cpu.governor", true,
       [](Report& r) { r.measurement.environment.governor = "powersave"; }},
      {"environment.cgroup.cpus", true,
       [](Report& r) { r.measurement.environment.cgroup_cpus = 1.5; }},
      {"environment.hypervisor", true,
       [](Report& r) { r.measurement.environment.hypervisor = "present"; }},
      {"environment.kernel", false, [](Report& r) { r.measurement.environment.kernel = "6.1"; }},
      {"tool.build_type", true, [](Report& r) { r.measurement.environment.build_type = "Debug"; }},
      {"tool.version", false, [](Report& r) { r.measurement.environment.tool_version = "2"; }},
      {"model.sha256", false, [](Report& r) { r.models[0].sha256[0] = 'c'; }},
      {"inputs[x].sha256", false, [](Report& r) { r.inputs[0].sha256[0] = 'c'; }},
      {"inputs[x].shape", true,
       [](Report& r) {
         r.inputs[0].shape = {2, 3};
       }},
      {"protocol.lead_in_runs", true, [](Report& r) { r.measurement.settings.lead_in_runs = 0; }},
      {"results[v].settings.threads", true,
       [](Report& r) { r.measurement.engines[0].settings.threads = 1; }},
      {"results[v].settings.batch", true, [](Report& r) { r.measurement.engines[0].batch = 8; }},
      {"results[v].engine.version", false,
       [](Report& r) { r.measurement.engines[0].version = "2"; }},
      {"results[v].settings.options", false,
       [](Report& r) { r.measurement.engines[0].settings.options["k"] = "1"; }}};
  for (const Case& c : cases) {
    INFO(c.path);
    const Report a = report_of(1e6, 1);
    Report b = report_of(1e6, 2);
    CHECK(compare_reports(a, b, 0.05).conditions.empty());
    c.change(b);
    const ReportDiff diff = compare_reports(a, b, 0.05);
    REQUIRE(diff.conditions.size() == 1);
    REQUIRE(find(diff, c.path) != nullptr);
    CHECK(find(diff, c.path)->severe == c.severe);
    CHECK(diff.comparable() == !c.severe);
    REQUIRE(diff.comparisons.size() == 1);
    CHECK((diff.comparisons[0].verdict == Verdict::not_comparable) == c.severe);
    CHECK(diff.comparisons[0].ratio.has_value() == !c.severe);
  }
}

TEST_CASE("a severe difference of one result leaves the others comparable") {
  Report a = report_of(1e6, 1);
  Report b = report_of(1e6, 2);
  a.measurement.engines.push_back(engine("w", 2e6, 3));
  b.measurement.engines.push_back(engine("w", 2e6, 4));
  b.measurement.engines[0].settings.threads = 4;
  const ReportDiff diff = compare_reports(a, b, 0.05);
  REQUIRE(diff.comparisons.size() == 2);
  CHECK(diff.comparisons[0].verdict == Verdict::not_comparable);
  CHECK(diff.comparisons[1].ratio);
}

TEST_CASE("cases of one label are matched by their sizes") {
  Report a = report_of(1e6, 1);
  a.measurement.engines[0].case_label = "batch=1";
  a.measurement.engines.push_back(engine("v", 3e6, 3));
  a.measurement.engines[1].case_label = "batch=4";
  Report b = a;
  std::swap(b.measurement.engines[0], b.measurement.engines[1]);
  b.measurement.engines.push_back(engine("v", 3e6, 3));
  b.measurement.engines[2].case_label = "batch=8";
  const ReportDiff diff = compare_reports(a, b, 0.05);
  REQUIRE(diff.comparisons.size() == 2);
  CHECK(diff.comparisons[1].case_label == "batch=4");
  for (const Comparison& c : diff.comparisons) CHECK(*c.ratio == Approx(1.0));
  CHECK(diff.unmatched == std::vector<std::string>{"v batch=8"});
}

TEST_CASE("a limit on regressions fails, passes or cannot tell") {
  Comparison c;
  c.pairs = 20;
  const auto gate = [&](double low, double high) {
    c.ratio = (low + high) / 2;
    c.ci_low = low;
    c.ci_high = high;
    return check_regression(c, 0.05);  // the limit is a ratio of 1 / 1.05 = 0.9524
  };
  CHECK(gate(0.90, 0.95) == GateState::fail);
  CHECK(gate(0.90, 0.96) == GateState::inconclusive);
  CHECK(gate(0.953, 0.96) == GateState::pass);  // slower, but not by more than 5 %
  CHECK(gate(1.2, 1.3) == GateState::pass);
  c.p_adjusted = 0.2;
  CHECK(gate(0.90, 0.95) == GateState::inconclusive);
  c.p_adjusted = 0.01;
  CHECK(gate(0.90, 0.95) == GateState::fail);
  c.pairs = 2;
  CHECK(gate(0.90, 0.95) == GateState::inconclusive);
  c.ratio.reset();
  c.pairs = 20;
  CHECK(check_regression(c, 0.05) == GateState::inconclusive);
}

TEST_CASE("a planted regression fails the limit and noise alone does not") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Report a = report_of(1e6, 2 * seed);
    const ReportDiff slower = compare_reports(a, report_of(1.1e6, 2 * seed + 1), 0.01);
    CHECK(check_regression(slower.comparisons[0], 0.05) == GateState::fail);
    CHECK(slower.comparisons[0].verdict == Verdict::slower);
    const ReportDiff noise = compare_reports(a, report_of(1e6, 2 * seed + 1), 0.01);
    CHECK(check_regression(noise.comparisons[0], 0.05) == GateState::pass);
  }
}

TEST_CASE("the newest comparable report of a folder") {
  const TempDir dir;
  const Report now = report_of(1e6, 9, "2025-06-01T00:00:00Z");
  CHECK(newest_comparable(dir.path(), now, "").error().id == "E-HISTORY-EMPTY");
  CHECK(newest_comparable(dir.file("absent"), now, "").error().id == "E-FILE-OPEN");
  write(report_of(1e6, 1, "2025-03-01T00:00:00Z"), dir.file("a.json"));
  write(report_of(1e6, 2, "2025-04-01T00:00:00Z"), dir.file("b.json"));
  write(report_of(1e6, 3, "2025-02-01T00:00:00Z"), dir.file("c.json"));
  Report other = report_of(1e6, 4, "2025-05-01T00:00:00Z");
  other.models[0].sha256[0] = 'f';
  write(other, dir.file("d.json"));
  other = report_of(1e6, 4, "2025-05-02T00:00:00Z");
  other.measurement.environment.cpu_model = "another";
  write(other, dir.file("e.json"));
  other = report_of(1e6, 4, "2025-05-03T00:00:00Z");
  other.measurement.engines[0].label = "another";
  write(other, dir.file("f.json"));
  write(now, dir.file("now.json"));
  std::filesystem::create_directory(dir.file("g.json"));
  std::ofstream(dir.file("h.json")) << "{";
  const auto choice = newest_comparable(dir.path(), now, dir.file("now.json"));
  REQUIRE(choice);
  CHECK(choice->file == dir.file("b.json"));
  CHECK(choice->report.measurement.environment.created_utc == "2025-04-01T00:00:00Z");
  CHECK(choice->passed_over.size() == 4);  // d, e, f, h
}
