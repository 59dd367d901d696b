#include "measure/conductor.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/counter_random.h"
#include "engine/worker_client.h"
#include "measure/agreement.h"
#include "measure/block_compare.h"
#include "measure/process_memory.h"
#include "measure/validity.h"

namespace vernier {
namespace {

constexpr int kCheckpointRounds = 16;
constexpr int kMaxBlockRuns = 100'000;
// Runs of a threaded engine may differ in the order of sums; more than this is worth a remark.
constexpr double kStableRelL2 = 1e-5;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// An engine's state during the measurement.
struct Player {
  Contender* contender = nullptr;
  std::size_t index = 0;  // in Measurement::engines
  std::vector<NamedTensor> first_outputs;
  bool alive = false;
  int block_runs = 1;
  std::int64_t measured_ns = 0;
  std::int64_t samples = 0;
};

class Conductor {
 public:
  Conductor(std::span<Contender> contenders, const InputMaker& make_inputs,
            const MeasureSettings& settings, const MeasureHooks& hooks)
      : make_inputs_(make_inputs), hooks_(hooks) {
    result_.settings = settings;
    for (Contender& contender : contenders) {
      players_.push_back({&contender, players_.size(), {}, false, 1, 0, 0});
      EngineMeasurement engine;
      engine.label = contender.label;
      engine.name = contender.engine->name();
      engine.version = contender.engine->version();
      engine.model = contender.model;
      engine.settings = contender.settings;
      engine.batch = contender.batch;
      result_.engines.push_back(std::move(engine));
    }
  }

  Result<Measurement> play() {
    result_.environment = read_environment();
    for (Player& player : players_) {
      if (stopped()) break;
      VERNIER_TRY(prepare(player));
    }
    const bool any = std::any_of(players_.begin(), players_.end(),
                                 [](const Player& player) { return player.alive; });
    if (!any && !stopped()) return *result_.engines.front().error;
    for (Player& player : players_) {
      if (player.alive && !stopped()) warm_up(player);
    }
    rounds();
    finish();
    return std::move(result_);
  }

 private:
  EngineMeasurement& measured(const Player& player) { return result_.engines[player.index]; }
  Engine& engine(const Player& player) { return *player.contender->engine; }

  [[nodiscard]] bool stopped() {
    if (hooks_.interrupt != nullptr && hooks_.interrupt->load()) {
      result_.status = MeasureStatus::interrupted;
    }
    return result_.status == MeasureStatus::interrupted;
  }

  void report(MeasureProgress::Stage stage, const Player& player, int round, double fraction) {
    if (hooks_.progress) hooks_.progress({stage, player.contender->label, round, fraction});
  }

  /// Takes the engine out; an interruption is no failure of the engine.
  void fail(Player& player, Error error) {
    player.alive = false;
    if (error.code == Errc::interrupted) {
      result_.status = MeasureStatus::interrupted;
      return;
    }
    measured(player).error = std::move(error);
  }

  std::int64_t pid(const Player& player) {
    const auto* worker = dynamic_cast<const WorkerEngine*>(player.contender->engine.get());
    return worker != nullptr ? worker->pid() : getpid();
  }

  /// Load, inputs, first inference. The error is that of making inputs only.
  Result<void> prepare(Player& player) {
    report(MeasureProgress::Stage::load, player, 0, 0.0);
    EngineMeasurement& m = measured(player);
    const auto before = read_process_memory(pid(player));
    if (before) m.memory.rss_before_load_bytes = before->rss_bytes;
    const std::int64_t begin = now_ns();
    if (auto loaded = engine(player).load(player.contender->model, m.settings); !loaded) {
      fail(player, std::move(loaded).error());
      return {};
    }
    m.load_ns = now_ns() - begin;
    if (!inputs_made_) {
      VERNIER_ASSIGN(inputs_, make_inputs_(engine(player).inputs()));
      inputs_made_ = true;
    }
    auto ready = first_inference(player);
    if (!ready) fail(player, std::move(ready).error());
    return {};
  }

  Result<void> first_inference(Player& player) {
    EngineMeasurement& m = measured(player);
    const std::int64_t begin = now_ns();
    VERNIER_TRY(engine(player).bind(inputs_));
    m.prepare_ns = now_ns() - begin;
    if (const auto* worker = dynamic_cast<const WorkerEngine*>(player.contender->engine.get())) {
      m.load_ns = worker->load_ns();
      m.prepare_ns = worker->bind_ns();
    }
    VERNIER_ASSIGN(const auto first, engine(player).run_timed(1));
    m.first_inference_ns = first.ns.at(0);
    m.facts = engine(player).facts();
    if (const auto memory = read_process_memory(pid(player))) {
      m.memory.rss_after_load_bytes = memory->rss_bytes;
      m.memory.peak_rss_bytes = memory->peak_rss_bytes;
    }
    VERNIER_ASSIGN(player.first_outputs, engine(player).fetch_outputs());
    player.alive = true;
    return {};
  }

  /// Runs until both the number and the time of warm-up are reached; sizes the blocks.
  void warm_up(Player& player) {
    report(MeasureProgress::Stage::warm_up, player, 0, 0.0);
    const MeasureSettings& s = result_.settings;
    int done = 0;
    double seconds = 0.0;
    std::vector<double> recent;
    for (int step = 1; done < std::max(s.warmup_runs, 1) || seconds < s.warmup_s;) {
      auto times = engine(player).run_timed(step);
      if (!times) return fail(player, std::move(times).error());
      recent.assign(times->ns.begin(), times->ns.end());
      done += step;
      for (const double ns : recent) seconds += ns * 1e-9;
      if (stopped() || seconds >= s.max_time_s) break;
      // Doubling, but no further than the time that is left.
      const double per_run = std::max(median(recent), 1.0) * 1e-9;
      const double left = std::max(s.warmup_s - seconds, 0.0) / per_run;
      step = static_cast<int>(
          std::clamp(std::min(2.0 * step, left + 1.0), 1.0, static_cast<double>(kMaxBlockRuns)));
    }
    const double runs = s.block_time_s * 1e9 / std::max(median(recent), 1.0);
    player.block_runs =
        static_cast<int>(std::clamp(std::round(runs), 1.0, static_cast<double>(kMaxBlockRuns)));
  }

  void block(Player& player, int round, int position) {
    const MeasureSettings& s = result_.settings;
    if (s.lead_in_runs > 0) {
      auto lead_in = engine(player).run_timed(s.lead_in_runs);
      if (!lead_in) return fail(player, std::move(lead_in).error());
    }
    auto times = engine(player).run_timed(player.block_runs);
    if (!times) return fail(player, std::move(times).error());
    player.samples += static_cast<std::int64_t>(times->ns.size());
    player.measured_ns = std::accumulate(times->ns.begin(), times->ns.end(), player.measured_ns);
    BlockSamples samples;
    samples.round = round;
    samples.position = position;
    samples.ns = std::move(times->ns);
    samples.wall_ns = times->wall_ns;
    samples.events = std::move(times->events);
    measured(player).blocks.push_back(std::move(samples));
  }

  [[nodiscard]] double fraction_done() const {
    double least = 1.0;
    for (const Player& player : players_) {
      if (!player.alive) continue;
      const double time = result_.settings.min_time_s;
      const double share = static_cast<double>(player.measured_ns) * 1e-9 / std::max(time, 1e-9);
      least = std::min(least, share);
    }
    return least;
  }

  [[nodiscard]] bool enough(int rounds_done) const {
    const MeasureSettings& s = result_.settings;
    const bool paired = players_.size() > 1;
    bool satisfied = !paired || rounds_done >= s.min_rounds;
    bool at_limit = false;
    bool any = false;
    for (const Player& player : players_) {
      if (!player.alive) continue;
      any = true;
      const double seconds = static_cast<double>(player.measured_ns) * 1e-9;
      satisfied = satisfied && seconds >= s.min_time_s && player.samples >= s.min_runs;
      at_limit = at_limit || seconds >= s.max_time_s || player.samples >= s.max_samples;
    }
    return !any || satisfied || at_limit;
  }

  void rounds() {
    const std::uint64_t key = random_key(result_.settings.seed, "order of blocks");
    std::uint64_t counter = 0;
    std::vector<std::size_t> order(players_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (int round = 0; !enough(round); ++round) {
      for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[random_below(counter_random(key, counter++), i)]);
      }
      int position = 0;
      for (const std::size_t who : order) {
        if (stopped()) return;
        Player& player = players_[who];
        if (!player.alive) continue;
        report(MeasureProgress::Stage::measure, player, round, fraction_done());
        block(player, round, position++);
      }
      if (hooks_.checkpoint && (round + 1) % kCheckpointRounds == 0) {
        for (EngineMeasurement& m : result_.engines) m.latency = summary_of(m);
        hooks_.checkpoint(result_);
      }
    }
  }

  static LatencySummary summary_of(const EngineMeasurement& m) {
    std::vector<std::int64_t> all;
    for (const BlockSamples& samples : m.blocks) {
      all.insert(all.end(), samples.ns.begin(), samples.ns.end());
    }
    return summarize(all);
  }

  /// The outputs at the end against those at the beginning: a kernel that goes wrong when warm, or
  /// state that leaks from run to run, shows here.
  void check_stability(Player& player) {
    auto outputs = engine(player).fetch_outputs();
    if (!outputs) return fail(player, std::move(outputs).error());
    const OutputAgreement same = compare_outputs(*outputs, player.first_outputs, kStableRelL2);
    const OutputAgreement close =
        compare_outputs(*outputs, player.first_outputs, tolerance_of(player));
    ValidityCheck check;
    check.id = "outputs_stable";
    check.status = same.agree    ? ValidityCheck::Status::ok
                   : close.agree ? ValidityCheck::Status::suspect
                                 : ValidityCheck::Status::invalid;
    check.observed = same.agree ? "equal at start and end" : same.reason;
    check.limit = "relative L2 of start and end at most 1e-5";
    if (!same.agree) check.remedy = "look for state that is kept between runs";
    measured(player).validity.push_back(std::move(check));
  }

  double tolerance_of(const Player& player) {
    const std::string& precision = measured(player).settings.precision;
    return result_.settings.max_rel_l2.value_or(default_max_rel_l2(precision));
  }

  /// The looser of the two engines' tolerances bounds their difference.
  void compare_with_first() {
    const Player& baseline = players_.front();
    for (std::size_t i = 1; i < players_.size(); ++i) {
      const Player& player = players_[i];
      if (baseline.first_outputs.empty() || player.first_outputs.empty()) continue;
      const double tolerance = std::max(tolerance_of(player), tolerance_of(baseline));
      const OutputAgreement outputs =
          compare_outputs(player.first_outputs, baseline.first_outputs, tolerance);
      const RatioEstimate ratio =
          paired_ratio(measured(baseline).blocks, measured(player).blocks);
      result_.comparisons.push_back(judge(measured(baseline).label, measured(player).label, ratio,
                                          outputs, result_.settings.margin));
    }
  }

  void finish() {
    const Environment after = read_environment();
    const auto machine = check_machine(result_.environment, after);
    for (Player& player : players_) {
      EngineMeasurement& m = measured(player);
      m.latency = summary_of(m);
      if (player.first_outputs.empty() && m.blocks.empty()) continue;
      m.validity = check_engine(m, result_.settings, result_.environment, players_.size() > 1);
      m.validity.insert(m.validity.end(), machine.begin(), machine.end());
      if (!player.alive) continue;
      if (const auto memory = read_process_memory(pid(player))) {
        m.memory.peak_rss_bytes = std::max(m.memory.peak_rss_bytes, memory->peak_rss_bytes);
      }
      if (result_.status == MeasureStatus::complete) check_stability(player);
    }
    compare_with_first();
  }

  const InputMaker& make_inputs_;
  const MeasureHooks& hooks_;
  Measurement result_;
  std::vector<Player> players_;
  std::vector<NamedTensor> inputs_;
  bool inputs_made_ = false;
};

}  // namespace

Result<Measurement> measure_engines(std::span<Contender> contenders, const InputMaker& make_inputs,
                                    const MeasureSettings& settings, const MeasureHooks& hooks) {
  if (contenders.empty()) return usage_error("no engine to measure");
  if (!(settings.min_time_s >= 0.0) || !(settings.max_time_s > 0.0) ||
      settings.min_time_s > settings.max_time_s || !(settings.block_time_s > 0.0)) {
    return usage_error("the least time must not be above the most, and both must be positive");
  }
  return Conductor(contenders, make_inputs, settings, hooks).play();
}

}  // namespace vernier
