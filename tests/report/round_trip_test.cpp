#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "report/random_report.h"
#include "report/summary.h"
#include "support/json_schema.h"

using namespace vernier;
using Json = nlohmann::json;

namespace {

// Structures are compared member by member, so that a member that is not written is noticed; the
// number of members of each is checked when it is compiled, by structured bindings.
bool same(const BlockSamples& x, const BlockSamples& y) {
  const auto& [a1, a2, a3, a4, a5, a6, a7, a8, a9] = x;
  const auto& [b1, b2, b3, b4, b5, b6, b7, b8, b9] = y;
  if (a5.size() != b5.size()) return false;
  for (std::size_t i = 0; i < a5.size(); ++i) {
    const auto& [c1, c2, c3, c4] = a5[i];
    const auto& [d1, d2, d3, d4] = b5[i];
    if (std::tie(c1, c2, c3, c4) != std::tie(d1, d2, d3, d4)) return false;
  }
  return std::tie(a1, a2, a3, a4, a6, a7, a8, a9) == std::tie(b1, b2, b3, b4, b6, b7, b8, b9);
}

void check_same(const EngineMeasurement& a, const EngineMeasurement& b) {
  CHECK(std::tie(a.label, a.name, a.version, a.model, a.case_label, a.batch) ==
        std::tie(b.label, b.name, b.version, b.model, b.case_label, b.batch));
  const auto& [s1, s2, s3, s4, s5, s6, s7] = a.settings;
  const auto& [t1, t2, t3, t4, t5, t6, t7] = b.settings;
  CHECK(std::tie(s1, s2, s3, s4, s5, s6, s7) == std::tie(t1, t2, t3, t4, t5, t6, t7));
  CHECK(std::tie(a.load_ns, a.prepare_ns, a.first_inference_ns, a.converged, a.stop_reason) ==
        std::tie(b.load_ns, b.prepare_ns, b.first_inference_ns, b.converged, b.stop_reason));
  REQUIRE(a.blocks.size() == b.blocks.size());
  for (std::size_t i = 0; i < a.blocks.size(); ++i) CHECK(same(a.blocks[i], b.blocks[i]));
  CHECK(a.latency.n == b.latency.n);
  CHECK(a.latency.p50.value == b.latency.p50.value);
  CHECK(a.latency.n_effective == b.latency.n_effective);
  {
    const auto& [x1, x2, x3] = a.throughput;
    const auto& [y1, y2, y3] = b.throughput;
    CHECK(std::tie(x1, x2, x3) == std::tie(y1, y2, y3));
  }
  {
    const auto& [x1, x2, x3, x4, x5] = a.warm_up;
    const auto& [y1, y2, y3, y4, y5] = b.warm_up;
    CHECK(std::tie(x1, x2, x3, x4, x5) == std::tie(y1, y2, y3, y4, y5));
  }
  {
    const auto& [x1, x2, x3, x4, x5, x6, x7, x8] = a.steady;
    const auto& [y1, y2, y3, y4, y5, y6, y7, y8] = b.steady;
    CHECK(std::tie(x1, x2, x3, x4, x5, x6, x7, x8) == std::tie(y1, y2, y3, y4, y5, y6, y7, y8));
  }
  {
    const auto& [x1, x2, x3, x4] = a.outliers;
    const auto& [y1, y2, y3, y4] = b.outliers;
    CHECK(std::tie(x1, x2, x3) == std::tie(y1, y2, y3));
    const auto& [l1, l2, l3, l4, l5] = x4.at(0);
    const auto& [m1, m2, m3, m4, m5] = y4.at(0);
    CHECK(std::tie(l1, l2, l3, l4, l5) == std::tie(m1, m2, m3, m4, m5));
  }
  {
    const auto& [x1, x2, x3, x4, x5, x6] = a.use;
    const auto& [y1, y2, y3, y4, y5, y6] = b.use;
    CHECK(std::tie(x1, x2, x3, x4, x5, x6) == std::tie(y1, y2, y3, y4, y5, y6));
  }
  {
    const auto& [x1, x2, x3, x4] = a.energy;
    const auto& [y1, y2, y3, y4] = b.energy;
    CHECK(std::tie(x1, x2, x3, x4) == std::tie(y1, y2, y3, y4));
  }
  {
    const auto& [x1, x2, x3, x4, x5] = a.memory;
    const auto& [y1, y2, y3, y4, y5] = b.memory;
    CHECK(std::tie(x1, x2, x3, x4, x5) == std::tie(y1, y2, y3, y4, y5));
  }
  {
    const auto& [x1, x2, x3, x4, x5] = a.shape_switches.at(0);
    const auto& [y1, y2, y3, y4, y5] = b.shape_switches.at(0);
    CHECK(std::tie(x1, x2, x3, x4, x5) == std::tie(y1, y2, y3, y4, y5));
  }
  {
    const auto& [x1, x2, x3, x4, x5] = a.facts;
    const auto& [y1, y2, y3, y4, y5] = b.facts;
    CHECK(std::tie(x1, x2, x3, x5) == std::tie(y1, y2, y3, y5));
    const auto& [p1, p2, p3, p4, p5] = x4.at(0);
    const auto& [q1, q2, q3, q4, q5] = y4.at(0);
    CHECK(std::tie(p1, p2, p3, p4, p5) == std::tie(q1, q2, q3, q4, q5));
  }
  REQUIRE(a.validity.size() == b.validity.size());
  for (std::size_t i = 0; i < a.validity.size(); ++i) {
    const auto& [x1, x2, x3, x4, x5] = a.validity[i];
    const auto& [y1, y2, y3, y4, y5] = b.validity[i];
    CHECK(std::tie(x1, x2, x3, x4, x5) == std::tie(y1, y2, y3, y4, y5));
  }
  REQUIRE(a.error.has_value() == b.error.has_value());
  if (!a.error) return;
  const auto& [x1, x2, x3, x4, x5] = *a.error;
  const auto& [y1, y2, y3, y4, y5] = *b.error;
  CHECK(std::tie(x1, x2, x3, x5) == std::tie(y1, y2, y3, y5));
  const auto& [p1, p2, p3, p4, p5] = x4;
  const auto& [q1, q2, q3, q4, q5] = y4;
  CHECK(std::tie(p1, p2, p3, p4, p5) == std::tie(q1, q2, q3, q4, q5));
}

void check_same(const Comparison& a, const Comparison& b) {
  const auto& [x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = a;
  const auto& [y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15] = b;
  CHECK(std::tie(x1, x2, x3, x4, x5, x6, x7, x8) == std::tie(y1, y2, y3, y4, y5, y6, y7, y8));
  CHECK(std::tie(x9, x10, x11, x12, x13, x15) == std::tie(y9, y10, y11, y12, y13, y15));
  const auto& [p1, p2, p3, p4, p5, p6, p7] = x14;
  const auto& [q1, q2, q3, q4, q5, q6, q7] = y14;
  CHECK(std::tie(p1, p2, p3, p4, p5, p6, p7) == std::tie(q1, q2, q3, q4, q5, q6, q7));
}

void check_same(const MeasureSettings& a, const MeasureSettings& b) {
  const auto& [x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18] = a;
  const auto& [y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15, y16, y17, y18] = b;
  CHECK(std::tie(x1, x2, x3, x4, x5, x6, x7, x8) == std::tie(y1, y2, y3, y4, y5, y6, y7, y8));
  CHECK(std::tie(x9, x10, x11, x12, x13, x14, x15, x16, x17, x18) ==
        std::tie(y9, y10, y11, y12, y13, y14, y15, y16, y17, y18));
}

void check_same(const Environment& a, const Environment& b) {
  CHECK(std::tie(a.cpu_model, a.cpu_features, a.logical_cores, a.allowed_cores, a.cgroup_cpus,
                 a.governor, a.kernel, a.os, a.hypervisor, a.memory_bytes) ==
        std::tie(b.cpu_model, b.cpu_features, b.logical_cores, b.allowed_cores, b.cgroup_cpus,
                 b.governor, b.kernel, b.os, b.hypervisor, b.memory_bytes));
  CHECK(std::tie(a.turbo, a.smt, a.smt_siblings, a.clocksource, a.cgroup_throttled_periods,
                 a.numa_nodes) == std::tie(b.turbo, b.smt, b.smt_siblings, b.clocksource,
                                           b.cgroup_throttled_periods, b.numa_nodes));
  CHECK(std::tie(a.cgroup_memory_bytes, a.transparent_huge_pages, a.load_1min, a.steal_ticks,
                 a.total_ticks, a.tool_version, a.compiler, a.build_type, a.git_commit,
                 a.created_utc) == std::tie(b.cgroup_memory_bytes, b.transparent_huge_pages,
                                            b.load_1min, b.steal_ticks, b.total_ticks,
                                            b.tool_version, b.compiler, b.build_type, b.git_commit,
                                            b.created_utc));
}

}  // namespace

TEST_CASE("every member of a report comes back from its JSON") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Report a = RandomReport(seed).make();
    const std::string text = to_json(a);
    const auto read = report_from_json(text);
    REQUIRE(read);
    const Report& b = *read;
    CHECK(std::tie(a.kind, a.command) == std::tie(b.kind, b.command));
    REQUIRE(b.gate);
    CHECK(a.gate->max_regression == b.gate->max_regression);
    CHECK(a.gate->max_rel_l2 == b.gate->max_rel_l2);
    CHECK(a.measurement.status == b.measurement.status);
    check_same(a.measurement.settings, b.measurement.settings);
    check_same(a.measurement.environment, b.measurement.environment);
    REQUIRE(b.measurement.engines.size() == a.measurement.engines.size());
    for (std::size_t i = 0; i < a.measurement.engines.size(); ++i) {
      check_same(a.measurement.engines[i], b.measurement.engines[i]);
    }
    REQUIRE(b.measurement.comparisons.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
      check_same(a.measurement.comparisons[i], b.measurement.comparisons[i]);
    }
    {
      const auto& [x1, x2, x3, x4, x5, x6, x7] = a.measurement.noise;
      const auto& [y1, y2, y3, y4, y5, y6, y7] = b.measurement.noise;
      CHECK(std::tie(x1, x2, x3, x4, x5, x6, x7) == std::tie(y1, y2, y3, y4, y5, y6, y7));
    }
    REQUIRE(b.measurement.plan);
    const auto& [x1, x2, x3, x4, x5, x6, x7] = *a.measurement.plan;
    const auto& [y1, y2, y3, y4, y5, y6, y7] = *b.measurement.plan;
    CHECK(std::tie(x1, x2, x3, x4, x5, x6) == std::tie(y1, y2, y3, y4, y5, y6));
    CHECK(a.inputs.at(0).case_label == b.inputs.at(0).case_label);
    CHECK((to_json(b) == text));  // inputs, models and what is derived
  }
}

TEST_CASE("a report with every member fits the schema") {
  std::ifstream file(std::string(VERNIER_SOURCE_DIR) +
                     "/lib/report/schema/vernier-report.schema.json");
  JsonSchema schema(Json::parse(file));
  const auto problems = schema.violations(Json::parse(to_json(RandomReport(7).make())));
  CAPTURE(problems);
  CHECK(problems.empty());
}

TEST_CASE("reports of version 1.0.0 are still read") {
  std::vector<std::string> files = {std::string(VERNIER_SOURCE_DIR) +
                                    "/tests/report/report_1_0_0.json"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::string(VERNIER_SOURCE_DIR) + "/results")) {
    const bool of_engines = entry.path().string().find("_vs_") != std::string::npos;
    if (of_engines && entry.path().extension() == ".json") files.push_back(entry.path());
  }
  int read = 0;
  for (const std::string& path : files) {
    CAPTURE(path);
    const auto report = read_report(path);
    REQUIRE(report);
    ++read;
    REQUIRE_FALSE(report->measurement.engines.empty());
    for (const EngineMeasurement& m : report->measurement.engines) {
      CHECK(m.settings.streams == 1);
      CHECK(inferences_per_s(m).value_or(0.0) > 0.0);
    }
  }
  CHECK(read >= 9);
}

TEST_CASE("the worst check of each kind decides, and names the results that have it") {
  Measurement m;
  m.engines.resize(2);
  m.engines[0].label = "a";
  m.engines[1].label = "b";
  m.engines[1].case_label = "batch=8";
  using Status = ValidityCheck::Status;
  m.engines[0].validity = {{"load", Status::ok, "", "", ""},
                           {"drift", Status::suspect, "", "", ""}};
  m.engines[1].validity = {{"load", Status::suspect, "", "", ""},
                           {"drift", Status::suspect, "", "", ""}};
  const OverallValidity overall = overall_validity(m);
  CHECK(overall.status == Status::suspect);
  REQUIRE(overall.checks.size() == 2);
  CHECK(overall.checks[0].results == std::vector<std::string>{"b [batch=8]"});
  CHECK(overall.checks[1].results == std::vector<std::string>{"a", "b [batch=8]"});
  m.engines[0].error = make_error(Errc::device, "E-X", "lost");
  CHECK(overall_validity(m).status == Status::invalid);
}
