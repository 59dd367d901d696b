#include <catch2/catch.hpp>

#include "cli/program.h"
#include "report/report.h"
#include "support/temp_dir.h"

using namespace cli_test;

namespace {

constexpr const char* kWorker = R"(import os, signal, time
import numpy
from worker_protocol import Engine, serve

class Failing(Engine):
    name = "failing"
    version = "1"
    def load(self, model, settings):
        self.mode = settings["options"].get("mode", "")
        self.at = int(settings["options"].get("at", "30"))
        self.runs = 0
        self.kept = []
        if self.mode == "library":
            import libthatisnotthere
    def inputs(self):
        return [{"name": "image", "dtype": "float", "dims": [None, 1, 28, 28]}]
    def outputs(self):
        return [{"name": "logits", "dtype": "float", "dims": [None, 10]}]
    def bind(self, tensors):
        self.image = tensors["image"]
    def run(self, *stream):
        self.runs += 1
        if self.runs < self.at:
            return
        if self.mode == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mode == "hang":
            while True:
                time.sleep(1)
        if self.mode == "eat":
            while True:
                self.kept.append(numpy.ones(1 << 22))
    def fetch(self):
        return [("logits", numpy.zeros((self.image.shape[0], 10), numpy.float32))]

serve(Failing())
)";

struct Trial {
  Outcome outcome;
  vernier::Report report;
};

Trial bench_beside(const std::string& engine, std::vector<std::string> more = {}) {
  const TempDir dir;
  write_file(dir.file("failing_worker.py"), kWorker);
  write_file(dir.file("worker_protocol.py"),
             read_file(std::string(VERNIER_SOURCE_DIR) + "/lib/engine/workers/worker_protocol.py"));
  Launch launch;
  launch.environment = {{"VERNIER_WORKERS", dir.path()}};
  std::vector<std::string> arguments = {
      "bench",    fashion_model(), "--engine",   "vernier", "--engine",         engine,
      "--report", dir.file("r"),   "--min-time", "0.2",     "--no-noise-floor", "--max-time",
      "2",        "--warmup",      "3"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Trial trial;
  trial.outcome = program(arguments, launch);
  INFO(trial.outcome.out + trial.outcome.err);
  auto report = vernier::read_report(dir.file("r"));
  REQUIRE(report);
  trial.report = std::move(*report);
  return trial;
}

/// The other engine was measured to the end, and the report says what became of the failing one.
void check_rest_goes_on(const Trial& trial, const std::string& id) {
  INFO(trial.outcome.out + trial.outcome.err);
  CHECK(trial.outcome.code == 10);
  CHECK(error_lines(trial.outcome).size() == 1);
  REQUIRE(trial.report.measurement.engines.size() == 2);
  CHECK_FALSE(trial.report.measurement.engines[0].error);
  CHECK(trial.report.measurement.engines[0].latency.n >= 100);
  REQUIRE(trial.report.measurement.engines[1].error);
  CHECK(trial.report.measurement.engines[1].error->id == id);
}

}  // namespace

TEST_CASE("an engine that is killed costs its own trial", "[cli]") {
  check_rest_goes_on(bench_beside("failing:mode=die,at=2000"), "E-ENGINE-DIED");
}

TEST_CASE("an engine that hangs is ended after --timeout", "[cli]") {
  check_rest_goes_on(bench_beside("failing:mode=hang,at=5", {"--timeout", "2"}),
                     "E-ENGINE-TIMEOUT");
}

TEST_CASE("an engine that takes more memory than --max-memory is refused it", "[cli]") {
  const Trial trial = bench_beside("failing:mode=eat,at=5", {"--max-memory", "1G"});
  check_rest_goes_on(trial, "E-LIMIT-MEMORY");
}

TEST_CASE("an engine whose library is gone says so", "[cli]") {
  const Trial trial = bench_beside("failing:mode=library");
  check_rest_goes_on(trial, "E-ENGINE");
  CHECK(trial.report.measurement.engines[1].error->message.find("libthatisnotthere") !=
        std::string::npos);
}
