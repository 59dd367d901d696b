#include "measure/validity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "measure/block_compare.h"

namespace vernier {
namespace {

using Status = ValidityCheck::Status;

constexpr double kDriftLimit = 0.05;
constexpr double kStealLimit = 0.01;
constexpr double kLoadLimit = 0.5;  // runnable tasks per core before the measurement

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

ValidityCheck check(std::string id, bool good, Status bad, std::string observed, std::string limit,
                    std::string remedy) {
  return {std::move(id), good ? Status::ok : bad, std::move(observed), std::move(limit),
          good ? std::string() : std::move(remedy)};
}

std::optional<double> drift(const EngineMeasurement& engine) {
  const auto medians = block_medians(engine.blocks);
  if (medians.size() < 6) return std::nullopt;
  const std::size_t third = medians.size() / 3;
  std::vector<double> first;
  std::vector<double> last;
  for (std::size_t i = 0; i < third; ++i) {
    first.push_back(medians[i].second);
    last.push_back(medians[medians.size() - 1 - i].second);
  }
  const double begin = median(first);
  if (begin <= 0.0) return std::nullopt;
  return median(last) / begin - 1.0;
}

}  // namespace

std::string_view validity_status_name(ValidityCheck::Status status) noexcept {
  switch (status) {
    case Status::suspect:
      return "suspect";
    case Status::invalid:
      return "invalid";
    case Status::ok:
      break;
  }
  return "ok";
}

std::vector<ValidityCheck> check_machine(const Environment& before, const Environment& after) {
  std::vector<ValidityCheck> checks;
  if (!before.governor.empty()) {
    checks.push_back(check("governor", before.governor == "performance", Status::suspect,
                           before.governor, "performance", "set the CPU governor to performance"));
  }
  const double load = before.load_1min / std::max(before.allowed_cores, 1);
  checks.push_back(check("load", load <= kLoadLimit, Status::suspect,
                         number(load) + " runnable tasks per core", number(kLoadLimit),
                         "stop other work on this machine"));
  if (const auto steal = steal_fraction(before, after)) {
    checks.push_back(check("steal", *steal <= kStealLimit, Status::suspect, number(*steal),
                           number(kStealLimit), "use a machine that is not shared"));
  }
  return checks;
}

std::vector<ValidityCheck> check_engine(const EngineMeasurement& engine,
                                        const MeasureSettings& settings,
                                        const Environment& environment, bool compared) {
  std::vector<ValidityCheck> checks;
  double seconds = 0.0;
  for (const BlockSamples& block : engine.blocks) {
    for (const std::int64_t ns : block.ns) seconds += static_cast<double>(ns) * 1e-9;
  }
  const int rounds = compared ? settings.min_rounds : 1;
  const bool enough = seconds >= settings.min_time_s && engine.latency.n >= settings.min_runs &&
                      static_cast<int>(engine.blocks.size()) >= rounds;
  checks.push_back(check("converged", enough, Status::suspect,
                         std::to_string(engine.latency.n) + " runs in " +
                             std::to_string(engine.blocks.size()) + " blocks, " + number(seconds) +
                             " s",
                         std::to_string(settings.min_runs) + " runs in " + std::to_string(rounds) +
                             " blocks, " + number(settings.min_time_s) + " s",
                         "allow more time"));
  if (settings.processes > 1) {
    const int done = process_count(engine.blocks);
    const int wanted = compared ? std::max(settings.processes, kLeastPairs) : settings.processes;
    checks.push_back(check("processes", done >= wanted, Status::suspect,
                           std::to_string(done) + " processes", std::to_string(wanted),
                           done < settings.processes
                               ? "allow more time"
                               : "a verdict needs --processes " + std::to_string(kLeastPairs)));
  }
  double cores = environment.allowed_cores;
  if (environment.cgroup_cpus) cores = std::min(cores, *environment.cgroup_cpus);
  checks.push_back(check("threads", engine.settings.threads <= cores + 1e-9, Status::suspect,
                         std::to_string(engine.settings.threads) + " threads",
                         number(cores) + " cores", "use no more threads than cores"));
  if (const auto change = drift(engine)) {
    checks.push_back(check("drift", std::abs(*change) <= kDriftLimit, Status::suspect,
                           number(*change), number(kDriftLimit),
                           "measure longer, or look for heat and other work"));
  }
  return checks;
}

}  // namespace vernier
