#include <csignal>
#include <filesystem>
#include <set>

#include <catch2/catch.hpp>

#include "cli/program.h"
#include "report/report.h"
#include "support/onnx_writer.h"
#include "support/temp_dir.h"

using namespace cli_test;
namespace ow = onnx_writer;

namespace {

vernier::Report read(const std::string& path) {
  auto report = vernier::read_report(path);
  REQUIRE(report);
  return *report;
}

const std::vector<std::string> kShort = {"--min-time", "0.05", "--max-time", "2", "--runs", "10"};

std::vector<std::string> bench(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"bench", fashion_model()});
  arguments.insert(arguments.end(), kShort.begin(), kShort.end());
  return arguments;
}

}  // namespace

TEST_CASE("bench leaves a report that can be read back", "[cli]") {
  const TempDir dir;
  const std::string file = dir.file("report.json");
  const auto outcome = program(bench({"--report", file, "--batch", "2", "--threads", "1"}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(has(outcome.out, "p50"));
  CHECK_FALSE(has(outcome.err, "\r"));
  CHECK(names_in(dir.path()) == std::vector<std::string>{"report.json"});
  const vernier::Report report = read(file);
  CHECK(report.measurement.status == vernier::MeasureStatus::complete);
  REQUIRE(report.measurement.engines.size() == 1);
  const auto& engine = report.measurement.engines[0];
  CHECK(engine.batch == 2);
  CHECK(engine.settings.threads == 1);
  CHECK(engine.latency.n >= 10);
  CHECK(report.models.at(0).sha256.size() == 64);
}

TEST_CASE("the same engine twice agrees with itself", "[cli]") {
  const auto outcome = program(bench({"--engine", "vernier:threads=1", "--engine",
                                      "vernier:threads=1", "--require-agreement", "--json"}));
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "\"agree\": true"));
  CHECK(has(outcome.out, "vernier:threads=1 #2"));
}

TEST_CASE("a disagreeing engine fails --require-agreement and is never faster", "[cli]") {
  const TempDir dir;
  const auto scale = [](float factor) {
    return ow::model({{ow::node("Mul", {"x", "f"}, {"y"})},
                      {ow::value("x", 1, {std::int64_t{64}})},
                      {ow::value("y", 1, {std::int64_t{64}})},
                      {ow::tensor_floats("f", {1}, {factor})},
                      {}});
  };
  write_file(dir.file("twice.onnx"), scale(2.0F));
  write_file(dir.file("thrice.onnx"), scale(3.0F));
  // ONNX Runtime's worker, but it loads another model than it is told to.
  const std::string source = std::string(VERNIER_SOURCE_DIR) + "/lib/engine/workers/";
  std::string script = read_file(source + "onnxruntime_worker.py");
  const std::string load = "InferenceSession(";
  REQUIRE(has(script, load));
  script.insert(script.find(load) + load.size(), "__import__('os').environ['OTHER_MODEL'] or ");
  write_file(dir.file("wrong_worker.py"), script);
  write_file(dir.file("worker_protocol.py"), read_file(source + "worker_protocol.py"));
  Launch launch;
  launch.environment = {{"VERNIER_WORKERS", dir.path()}, {"OTHER_MODEL", dir.file("thrice.onnx")}};
  std::vector<std::string> arguments = {
      "bench", dir.file("twice.onnx"), "--engine", "vernier", "--engine",
      "wrong", "--require-agreement"};
  arguments.insert(arguments.end(), kShort.begin(), kShort.end());
  const auto outcome = program(arguments, launch);
  if (has(outcome.err, "E-ENGINE-ABSENT")) {
    std::printf("SKIPPED: ONNX Runtime is not installed\n");
    return;
  }
  INFO(outcome.out + outcome.err);
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out, "disagrees"));
  CHECK_FALSE(has(outcome.out, ": faster"));
}

TEST_CASE("lists make cases and entries, and changes of shape are measured", "[cli]") {
  const TempDir dir;
  const std::string file = dir.file("r.json");
  const auto outcome = program(bench({"--batch", "1,3", "--threads", "1", "--streams", "1,2",
                                      "--no-noise-floor", "--report", file}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(has(outcome.out, "batch=3"));
  CHECK(has(outcome.out, "vernier:streams=2"));
  const auto report = read(file);
  REQUIRE(report.measurement.engines.size() == 4);
  CHECK(report.measurement.engines[0].batch == 1);
  CHECK(report.measurement.engines[3].batch == 3);
  CHECK(report.measurement.engines[3].settings.streams == 2);
  CHECK(report.measurement.comparisons.size() == 2);
  CHECK(report.measurement.engines[0].shape_switches.size() == 3);
}

TEST_CASE("several processes of each engine are measured one after the other", "[cli]") {
  const TempDir dir;
  const auto file = dir.file("r.json");
  const auto outcome =
      program(bench({"--engine", "vernier", "--engine", "vernier:threads=1", "--processes", "3",
                     "--threads", "1", "--no-noise-floor", "--report", file}));
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  CHECK(has(outcome.out, "needs at least 6 processes of each engine, has 3"));
  const auto report = read(file);
  CHECK(report.measurement.settings.processes == 3);
  for (const auto& engine : report.measurement.engines) {
    std::set<int> processes;
    for (const auto& block : engine.blocks) processes.insert(block.process);
    CHECK(processes == std::set<int>{0, 1, 2});
    CHECK(engine.memory.peak_rss_bytes >= engine.memory.rss_after_load_bytes);
    CHECK_FALSE(engine.error);
  }
  REQUIRE(report.measurement.comparisons.size() == 1);
  CHECK(report.measurement.comparisons[0].unit == vernier::PairUnit::process);
  CHECK(report.measurement.comparisons[0].pairs == 3);
}

TEST_CASE("the batch is that of the inputs, however it came about", "[cli]") {
  const TempDir dir;
  const auto report_of = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--report", dir.file("r.json")});
    const auto outcome = program(bench(std::move(arguments)));
    INFO(outcome.err);
    REQUIRE(outcome.code == 0);
    return read(dir.file("r.json")).measurement.engines.at(0);
  };
  CHECK(report_of({"--dim", "N=4"}).batch == 4);
  CHECK(report_of({"--shape", "image=5x1x28x28"}).batch == 5);
  REQUIRE(program({"run", fashion_model(), "--shape", "image=2x1x28x28"}).code == 0);
  const auto npy = dir.file("two.npy");
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 28, 28), }";
  std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
  const std::string padded = header + std::string(117 - header.size(), ' ') + "\n";
  bytes += static_cast<char>(padded.size());
  bytes += '\0';
  write_file(npy, bytes + padded + std::string(2U * 28U * 28U * 4U, '\0'));
  CHECK(report_of({"--input", npy}).batch == 2);
  CHECK(refusal(program(bench({"--batch", "8", "--input", npy})), 2, {"E-BATCH"}) == "");
}

TEST_CASE("several models: one document, reports of their own, the rest goes on", "[cli]") {
  const TempDir dir;
  for (const char* name : {"a", "b"}) {
    std::filesystem::create_directory(dir.file(name));
    std::filesystem::copy_file(fashion_model(), dir.file(std::string(name) + "/m.onnx"));
  }
  write_file(dir.file("broken.onnx"), "no model");
  const auto call = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "bench");
    arguments.insert(arguments.end(), kShort.begin(), kShort.end());
    return program(arguments);
  };
  CHECK(refusal(call({dir.file("a/m.onnx"), dir.file("b/m.onnx"), "--report", dir.file("r.json")}),
                2, {"r.m.json"}) == "");
  const auto both =
      call({dir.file("a/m.onnx"), dir.file("broken.onnx"), fashion_model(), "--json"});
  CHECK(both.code == 10);
  CHECK(error_lines(both).size() == 1);
  CHECK(both.out.rfind("[\n", 0) == 0);
  std::size_t reports = 0;
  for (std::size_t at = 0; (at = both.out.find("\"schema_version\"", at)) != std::string::npos;
       ++at) {
    ++reports;
  }
  CHECK(reports == 2);
}

TEST_CASE("bench refuses what it cannot do before it measures", "[cli]") {
  CHECK(refusal(program(bench({"--engine", "onxruntime"})), 2, {"onxruntime"}) == "");
  CHECK(refusal(program(bench({"--engine", "vernier:threads=x"})), 2, {"threads"}) == "");
  CHECK(refusal(program(bench({"--engine", "vernier:nonsense=1"})), 2, {"nonsense"}) == "");
  CHECK(refusal(program(bench({"--engine", "tensorrt"})), 4, {"tensorrt", "E-ENGINE-ABSENT"}) ==
        "");
  CHECK(refusal(program(bench({"--backend", "cuda"})), 7, {"cuda"}) == "");
  CHECK(refusal(program(bench({"--report", "/no/such/dir/r.json"})), 8) == "");
  CHECK(refusal(program(bench({"--max-memory", "10K"})), 6) == "");
  CHECK(refusal(program({"bench", "/no/such/model.onnx"}), 5) == "");
  CHECK(refusal(program({"bench"}), 2) == "");
  CHECK(refusal(program(bench({"--seed", "-1"})), 2, {"--seed"}) == "");
  CHECK(refusal(program(bench({"--seed", "18446744073709551616"})), 2, {"--seed"}) == "");
  CHECK(refusal(program(bench({"--timeout", "99999999999999"})), 2, {"--timeout"}) == "");
  CHECK(refusal(program(bench({"--resolve", "x"})), 2, {"--resolve"}) == "");
  CHECK(refusal(program(bench({"--require-agreement"})), 2, {"second engine"}) == "");
  CHECK(refusal(program(bench({"--streams", "65"})), 2, {"--streams"}) == "");
  for (const char* list : {"1,,2", "1,", ",1", "", "1,x", "0"}) {
    CHECK(refusal(program(bench({"--batch", list})), 2, {"--batch"}) == "");
    CHECK(refusal(program(bench({"--streams", list})), 2, {"--streams"}) == "");
  }
  CHECK(refusal(program(bench({"--threads", "1,,2"})), 2, {"--threads"}) == "");
  CHECK(refusal(program(bench({"--precision", "fp32,"})), 2, {"--precision"}) == "");
  CHECK(refusal(program(bench({"--processes", "0"})), 2, {"--processes"}) == "");
  CHECK(refusal(program(bench({"--processes", "1001"})), 2, {"--processes"}) == "");
}

TEST_CASE("a report that does not fit on the disk is an output error", "[cli]") {
  const TempDir models;
  const TempDir dir;
  // Inputs and outputs in shared memory are below the limit, the report is not.
  write_file(models.file("m.onnx"), ow::model({{ow::node("Relu", {"x"}, {"y"})},
                                               {ow::value("x", 1, {std::int64_t{8}})},
                                               {ow::value("y", 1, {std::int64_t{8}})},
                                               {},
                                               {}}));
  Launch limited;
  limited.file_size_blocks = 2;
  const auto outcome = program(
      {"bench", models.file("m.onnx"), "--min-time", "0.01", "--report", dir.file("r.json"), "-q"},
      limited);
  CHECK(refusal(outcome, 8, {"r.json"}) == "");
  CHECK(names_in(dir.path()).empty());
}

TEST_CASE("an interrupted bench leaves a valid report", "[cli]") {
  for (const int signal : {SIGINT, SIGTERM}) {
    INFO("signal " << signal);
    const TempDir dir;
    const std::string file = dir.file("report.json");
    Launch launch;
    launch.signals = {signal};
    launch.timeout_s = 60;
    launch.signal_delay_ms = 1500;
    const auto outcome = program(
        {"bench", fashion_model(), "--report", file, "--min-time", "30", "--max-time", "40", "-q"},
        launch);
    INFO(outcome.err);
    CHECK(outcome.code == 128 + signal);
    CHECK_FALSE(outcome.signalled);
    if (std::filesystem::exists(file)) {
      CHECK(read(file).measurement.status == vernier::MeasureStatus::interrupted);
    } else {
      // Interrupted before the first inference: nothing was measured and nothing is left.
      CHECK(error_lines(outcome).size() == 1);
    }
    for (const std::string& name : names_in(dir.path())) CHECK(name == "report.json");
  }
}

TEST_CASE("the second signal ends bench at once", "[cli]") {
  Launch launch;
  launch.signals = {SIGINT, SIGINT};
  launch.signal_delay_ms = 300;
  launch.timeout_s = 20;
  const auto outcome =
      program({"bench", fashion_model(), "--min-time", "30", "--max-time", "40", "-q"}, launch);
  CHECK(outcome.code == 130);
  CHECK_FALSE(outcome.timed_out);
}

TEST_CASE("doctor names tiers, backends, engines and what is missing", "[cli]") {
  const auto outcome = program({"doctor", "--json"});
  INFO(outcome.err);
  REQUIRE(outcome.code == 0);
  for (const char* part : {"\"tiers\"", "\"generic\"", "\"cuda\"", "\"engines\"", "\"vernier\"",
                           "\"onnxruntime\"", "\"usable_threads\"", "\"remedy\""}) {
    INFO(part);
    CHECK(has(outcome.out, part));
  }
  Launch capped;
  capped.environment = {{"VERNIER_ISA", "generic"}};
  const auto text = program({"doctor", "--no-engines"}, capped);
  CHECK(text.code == 0);
  CHECK(has(text.out, "VERNIER_ISA=generic"));
  Launch unknown;
  unknown.environment = {{"VERNIER_ISA", "sse9"}};
  const auto warned = program({"doctor", "--no-engines"}, unknown);
  CHECK(warned.code == 0);
  CHECK(has(warned.out, "sse9"));
}
