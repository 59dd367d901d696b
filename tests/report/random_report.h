#pragma once

#include <random>
#include <string>

#include "report/report.h"

/// A report in which every member that is written has a value of its own, none of them a default.
class RandomReport {
 public:
  explicit RandomReport(std::uint64_t seed) : random_(seed) {}

  vernier::Report make(int engines = 3) {
    vernier::Report report;
    report.kind = "compare";
    report.command = {"vernier", word("argument")};
    for (int i = 0; i < 2; ++i) {
      report.models.push_back(
          {word("model") + ".onnx", std::string(64, i == 0 ? 'a' : 'b'), whole()});
    }
    report.inputs = {{word("input"),
                      "float",
                      {static_cast<std::int64_t>(whole() % 9 + 1), 3},
                      std::string(64, 'c'),
                      "file",
                      word("kind"),
                      word("file"),
                      {{"a_list", std::vector<double>{real(), real()}},
                       {"b_number", real()},
                       {"c_text", word("text")},
                       {"d_whole", static_cast<std::int64_t>(whole())}},
                      word("input case")}};
    report.gate = vernier::ReportGate{real(), real()};
    vernier::Measurement& m = report.measurement;
    m.status = vernier::MeasureStatus::interrupted;
    fill(m.settings);
    fill(m.environment);
    for (int i = 0; i < engines; ++i) m.engines.push_back(engine(i));
    using vernier::Verdict;
    for (const Verdict verdict :
         {Verdict::faster, Verdict::slower, Verdict::equivalent, Verdict::inconclusive,
          Verdict::disagrees, Verdict::not_comparable}) {
      m.comparisons.push_back(comparison(verdict));
    }
    m.noise = {real(), real(), real(), count(), real(), word("noise"), word("noise reason")};
    m.plan = vernier::MeasurePlan{real(), real(), count(), real(), false, real()};
    m.plan->unit = vernier::PairUnit::process;
    return report;
  }

 private:
  std::uint64_t whole() { return random_() % 1'000'000'000 + 1; }
  std::int64_t ns() { return static_cast<std::int64_t>(random_() % 50'000'000 + 1'000'000); }
  int count() { return static_cast<int>(random_() % 1000 + 2); }
  double real() { return 0.001 + static_cast<double>(random_() >> 11U) * 0x1p-53; }
  std::string word(const std::string& stem) {
    return stem + " " + std::to_string(random_() % 100000);
  }

  void fill(vernier::MeasureSettings& s) {
    s = {count(),
         real(),
         real(),
         real(),
         real(),
         count(),
         count(),
         real(),
         count(),
         ns(),
         random_() | (1ULL << 63U),
         real(),
         real(),
         real(),
         real(),
         false,
         real(),
         count()};
  }

  void fill(vernier::Environment& e) {
    e.cpu_model = word("cpu");
    e.cpu_features = {word("f"), word("g")};
    e.logical_cores = count();
    e.allowed_cores = count();
    e.cgroup_cpus = real();
    e.governor = word("governor");
    e.turbo = true;
    e.smt = false;
    e.smt_siblings = count();
    e.clocksource = word("clock");
    e.cgroup_throttled_periods = whole();
    e.numa_nodes = count();
    e.kernel = word("kernel");
    e.os = word("os");
    e.hypervisor = word("hypervisor");
    e.memory_bytes = whole();
    e.cgroup_memory_bytes = whole();
    e.transparent_huge_pages = word("pages");
    e.load_1min = real();
    e.steal_ticks = whole();
    e.total_ticks = whole();
    e.tool_version = word("version");
    e.compiler = word("compiler");
    e.build_type = word("build");
    e.git_commit = word("commit");
    e.created_utc = "2025-01-31T12:34:56Z";
  }

  vernier::BlockSamples block(int round) {
    vernier::BlockSamples b;
    b.round = round;
    b.position = count();
    const std::size_t n = random_() % 7 + 3;
    for (std::size_t i = 0; i < n; ++i) b.ns.push_back(ns());
    b.wall_ns = ns();
    b.events = {{1, count(), count(), count()}, {2, count(), count(), count()}};
    b.cpu_mhz = real();
    b.steal_ticks = count();
    b.other_busy_ns = ns();
    b.process = count();
    return b;
  }

  vernier::EngineMeasurement engine(int index) {
    vernier::EngineMeasurement m;
    m.label = word("label");
    m.name = word("name");
    m.version = word("version");
    m.model = word("path");
    m.case_label = word("case");
    m.settings = {word("backend"),         word("precision"), count(),
                  count() % 64 + 1,        whole(),           {{"A", ns()}, {"B", ns()}},
                  {{"key", word("value")}}};
    m.batch = count();
    m.load_ns = ns();
    m.prepare_ns = ns();
    m.first_inference_ns = ns();
    for (int round = 0; round < 5; ++round) m.blocks.push_back(block(round));
    m.latency = vernier::summarize(m.blocks);
    m.throughput = {real(), real(), real()};
    m.warm_up = {{ns(), ns(), ns()}, count(), ns(), count(), ns()};
    m.steady = {
        vernier::SteadyClass::bimodal, real(), real(), real(), true, real(), real(), real()};
    m.outliers = {count(), count(), {{"page fault", count()}, {"steal", count()}}, {}};
    m.outliers.listed = {{count(), count(), ns(), true, word("cause")}};
    m.use = {ns(), ns(), count(), count(), count(), count()};
    m.energy = {real(), real(), word("source"), word("energy reason")};
    m.memory = {whole(), whole(), whole(), whole(), real()};
    m.shape_switches = {{word("from"), word("to"), ns(), ns(), true}};
    m.converged = true;
    m.stop_reason = word("stop");
    m.facts = {whole(), whole(), word("isa"), {}, {word("note")}};
    m.facts.placement = {{word("node"), word("op"), "cpu", word("kernel"), word("reason")}};
    using Status = vernier::ValidityCheck::Status;
    for (const Status status : {Status::ok, Status::suspect, Status::invalid}) {
      m.validity.push_back({word("check"), status, word("seen"), word("limit"), word("remedy")});
    }
    if (index == 0) {
      m.error = vernier::Error{vernier::Errc::device,
                               "E-DEVICE-LOST",
                               word("message"),
                               {word("model"), word("node"), word("op"), count(), word("tensor")},
                               word("hint")};
    }
    return m;
  }

  vernier::Comparison comparison(vernier::Verdict verdict) {
    vernier::Comparison c;
    c.baseline = word("baseline");
    c.contender = word("contender");
    c.ratio = real() + 0.5;
    c.ci_low = real();
    c.ci_high = real() + 1.0;
    c.margin = real();
    c.pairs = count();
    c.case_label = word("case");
    c.p_value = real();
    c.p_adjusted = real();
    c.pairs_needed = count();
    c.verdict = verdict;
    c.reason = word("reason");
    c.outputs = {true, true, real(), real(), true, real(), word("outputs")};
    c.unit = vernier::PairUnit::process;
    return c;
  }

  std::mt19937_64 random_;
};
