#include "measure/conductor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <numeric>
#include <utility>

#include "base/counter_random.h"
#include "measure/agreement.h"
#include "measure/block_compare.h"
#include "measure/measure_plan.h"
#include "measure/player.h"
#include "measure/validity.h"

namespace vernier {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPilotRounds = 8;
constexpr int kPilotProcesses = 4;

class Conductor {
 public:
  Conductor(std::span<Contender> contenders, const InputMaker& make_inputs,
            const MeasureSettings& settings, const MeasureHooks& hooks)
      : make_inputs_(make_inputs), hooks_(hooks) {
    result_.settings = settings;
    for (Contender& contender : contenders) {
      players_.emplace_back(contender, result_.settings);
    }
  }

  Result<Measurement> play() {
    result_.environment = read_environment();
    for (Player& player : players_) {
      if (stopped()) break;
      VERNIER_TRY(prepare(player));
    }
    const bool any = std::any_of(players_.begin(), players_.end(),
                                 [](const Player& p) { return p.alive() && !p.is_twin(); });
    if (!any && !stopped()) return *players_.front().measured().error;
    for (Player& player : players_) {
      if (!player.alive() || stopped()) continue;
      report(MeasureProgress::Stage::warm_up, player, 0, 0.0);
      judge_call(player, player.warm_up([this] { return stopped(); }));
      if (player.alive()) player.begin();
    }
    start_ = Clock::now();
    order_.resize(players_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (result_.settings.processes > 1) {
      sections();
    } else {
      while (!enough() && round()) {
      }
    }
    finish();
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool stopped() {
    if (hooks_.interrupt != nullptr && hooks_.interrupt->load()) {
      result_.status = MeasureStatus::interrupted;
    }
    return result_.status == MeasureStatus::interrupted;
  }

  void report(MeasureProgress::Stage stage, const Player& player, int round, double fraction) {
    if (hooks_.progress) hooks_.progress({stage, player.measured().label, round, fraction});
  }

  /// Takes an engine that failed out of the game; an interruption is no failure of the engine.
  void judge_call(Player& player, Result<void> outcome) {
    if (outcome) return;
    if (outcome.error().code == Errc::interrupted) {
      result_.status = MeasureStatus::interrupted;
    } else {
      player.fail(std::move(outcome).error());
    }
  }

  /// The error is that of making inputs only.
  Result<void> prepare(Player& player) {
    report(MeasureProgress::Stage::load, player, 0, 0.0);
    if (auto loaded = player.load(); !loaded) {
      judge_call(player, std::move(loaded));
      return {};
    }
    if (!inputs_made_) {
      VERNIER_ASSIGN(inputs_, make_inputs_(player.engine().inputs()));
      inputs_made_ = true;
    }
    judge_call(player, player.start(inputs_));
    return {};
  }

  [[nodiscard]] std::size_t engines_playing() const {
    return static_cast<std::size_t>(
        std::count_if(players_.begin(), players_.end(), [](const Player& p) { return p.alive(); }));
  }

  [[nodiscard]] double fraction_done() const {
    double least = 1.0;
    for (const Player& player : players_) {
      if (!player.alive()) continue;
      least =
          std::min(least, player.measured_seconds() / std::max(result_.settings.min_time_s, 1e-9));
    }
    return least;
  }

  /// Every engine has this share of its least time, runs and rounds.
  [[nodiscard]] bool has_least(double share = 1.0) const {
    const MeasureSettings& s = result_.settings;
    if (players_.size() > 1 && rounds_done_ < share * s.min_rounds) return false;
    return std::all_of(players_.begin(), players_.end(), [&](const Player& player) {
      return !player.alive() || (player.measured_seconds() >= share * s.min_time_s &&
                                 static_cast<double>(player.samples()) >= share * s.min_runs);
    });
  }

  /// Which limit this share of is used up; empty: none.
  [[nodiscard]] std::string limit_reached(double share = 1.0) const {
    const MeasureSettings& s = result_.settings;
    if (engines_playing() == 0) return "no engine is left";
    if (result_.plan && planned_rounds_ > 0 && rounds_done_ >= planned_rounds_) {
      return result_.plan->possible ? "as planned" : "budget spent";
    }
    if (s.budget_s > 0.0 && seconds_since_start() >= share * s.budget_s) return "budget spent";
    for (const Player& player : players_) {
      if (!player.alive()) continue;
      if (s.budget_s <= 0.0 && player.measured_seconds() >= share * s.max_time_s) {
        return "time limit";
      }
      if (static_cast<double>(player.samples()) >= share * static_cast<double>(s.max_samples)) {
        return "limit of samples";
      }
    }
    return {};
  }

  [[nodiscard]] double seconds_since_start() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
  }

  [[nodiscard]] PairUnit unit() const {
    return result_.settings.processes > 1 ? PairUnit::process : PairUnit::block;
  }

  [[nodiscard]] RatioEstimate ratio_of(const Player& first, const Player& other) const {
    return paired_ratio(first.measured().blocks, other.measured().blocks, unit());
  }

  [[nodiscard]] bool is_precise() {
    const Player& first = players_.front();
    return std::all_of(players_.begin(), players_.end(), [&](Player& player) {
      if (!player.alive()) return true;
      player.summarize_blocks();
      if (!precise_enough(player.measured().latency, result_.settings.precision)) return false;
      return &player == &first || !first.alive() ||
             precise_enough(ratio_of(first, player), result_.settings.resolve);
    });
  }

  /// Whether to stop after `rounds_done_` rounds; keeps the reason.
  [[nodiscard]] bool enough() {
    stop_reason_ = limit_reached();
    if (!stop_reason_.empty()) return true;
    if (rounds_done_ == kPilotRounds && result_.settings.budget_s > 0.0) make_plan();
    if (!is_decision_round(rounds_done_) || !has_least() || !is_precise()) return false;
    stop_reason_ = "precise enough";
    return true;
  }

  /// The most demanding pair decides.
  void plan_for(double budget_s, double per_round) {
    const Player& first = players_.front();
    for (std::size_t i = 1; i < players_.size(); ++i) {
      const Player& player = players_[i];
      if (!player.alive() || !first.alive()) continue;
      MeasurePlan plan =
          plan_measurement(first.measured().blocks, player.measured().blocks,
                           result_.settings.resolve, budget_s, per_round, kLeastPairs, unit());
      plan.budget_s = result_.settings.budget_s;
      if (!result_.plan || plan.rounds > result_.plan->rounds) result_.plan = plan;
    }
  }

  void make_plan() {
    const double per_round = seconds_since_start() / rounds_done_;
    plan_for(result_.settings.budget_s, per_round);
    if (!result_.plan) return;
    const int affordable = static_cast<int>(result_.settings.budget_s / std::max(per_round, 1e-9));
    planned_rounds_ = std::min(result_.plan->rounds, std::max(affordable, rounds_done_));
    if (hooks_.planned) hooks_.planned(*result_.plan);
  }

  void shuffle() {
    const std::uint64_t key = random_key(result_.settings.seed, "order of blocks");
    for (std::size_t i = order_.size(); i > 1; --i) {
      std::swap(order_[i - 1], order_[random_below(counter_random(key, shuffled_++), i)]);
    }
  }

  /// A block of each engine. False when interrupted; the round does not count then.
  [[nodiscard]] bool round() {
    shuffle();
    int position = 0;
    for (const std::size_t who : order_) {
      if (stopped()) return false;
      Player& player = players_[who];
      if (!player.alive()) continue;
      report(MeasureProgress::Stage::measure, player, rounds_done_, fraction_done());
      judge_call(player, player.block(rounds_done_, position++));
    }
    ++rounds_done_;
    return true;
  }

  /// Rounds of one process of each engine after the other. Shares are counted from the start, so
  /// what a section takes too much is taken off the next; each has one round at least.
  void sections() {
    const int wanted = result_.settings.processes;
    for (int done = 1;; ++done) {
      const double share = static_cast<double>(done) / wanted;
      do {
        if (!round()) return;
      } while (limit_reached(share).empty() && !has_least(share));
      if (done == wanted && has_least() && engines_playing() > 0) {
        stop_reason_ = is_precise() ? "precise enough" : "every process was measured";
      } else {
        stop_reason_ = limit_reached();
        if (stop_reason_.empty() && done == wanted) stop_reason_ = limit_reached(share);
      }
      if (!stop_reason_.empty()) return;
      if (done == kPilotProcesses && result_.settings.budget_s > 0.0) foresee(done);
      if (!renew_processes()) return;
    }
  }

  /// The number of processes is given: the plan only says what it leads to.
  void foresee(int done) {
    const double per_process = seconds_since_start() / done;
    plan_for(std::min(result_.settings.budget_s, per_process * result_.settings.processes),
             per_process);
    if (result_.plan && hooks_.planned) hooks_.planned(*result_.plan);
  }

  /// Ends all processes before the next ones start. False when interrupted.
  [[nodiscard]] bool renew_processes() {
    for (Player& player : players_) {
      if (player.alive()) judge_call(player, player.end_process());
    }
    shuffle();
    for (const std::size_t who : order_) {
      Player& player = players_[who];
      if (!player.awaits_process()) continue;
      if (stopped()) return false;
      report(MeasureProgress::Stage::load, player, rounds_done_, fraction_done());
      judge_call(player, player.start_process(inputs_));
      if (!player.alive()) continue;
      report(MeasureProgress::Stage::warm_up, player, rounds_done_, fraction_done());
      judge_call(player, player.warm_up([this] { return stopped(); }));
      if (player.alive()) player.begin();
    }
    return !stopped();
  }

  void measure_noise() {
    const Player& first = players_.front();
    result_.noise.label = first.measured().label;
    const auto twin =
        std::find_if(players_.begin(), players_.end(), [](const Player& p) { return p.is_twin(); });
    if (twin == players_.end()) {
      result_.noise.reason = players_.size() > 1 ? "not asked for" : "nothing is compared";
      return;
    }
    if (twin->measured().error) {
      result_.noise.reason = "the second process failed: " + twin->measured().error->message;
      return;
    }
    result_.noise = noise_floor_of(ratio_of(first, *twin));
    result_.noise.label = first.measured().label;
  }

  /// Differences that the first engine shows to itself are none.
  [[nodiscard]] double margin() const {
    return std::max(result_.settings.margin, result_.noise.resolution.value_or(0.0));
  }

  /// The looser of the two engines' tolerances bounds their difference.
  void compare_with_first() {
    const Player& baseline = players_.front();
    for (std::size_t i = 1; i < players_.size(); ++i) {
      const Player& player = players_[i];
      if (player.is_twin()) continue;
      if (baseline.first_outputs().empty() || player.first_outputs().empty()) continue;
      const double tolerance = std::max(player.tolerance(), baseline.tolerance());
      const OutputAgreement outputs =
          compare_outputs(player.first_outputs(), baseline.first_outputs(), tolerance);
      const RatioEstimate ratio = ratio_of(baseline, player);
      result_.comparisons.push_back(
          judge(baseline.measured().label, player.measured().label, ratio, outputs, margin()));
      result_.comparisons.back().case_label = player.measured().case_label;
    }
    adjust_p_values(result_.comparisons);
  }

  void finish() {
    const Environment after = read_environment();
    const auto machine = check_machine(result_.environment, after);
    measure_noise();
    compare_with_first();
    const bool compared = players_.size() > 1;
    result_.engines.clear();
    for (Player& player : players_) {
      if (player.is_twin()) continue;
      player.finish();
      EngineMeasurement& m = player.measured();
      m.stop_reason = stopped() ? "interrupted" : stop_reason_;
      m.converged =
          !stopped() && has_least() && precise_enough(m.latency, result_.settings.precision);
      if (!m.blocks.empty() || !player.first_outputs().empty()) {
        m.validity = check_engine(m, result_.settings, result_.environment, compared);
        m.validity.insert(m.validity.end(), machine.begin(), machine.end());
      }
      if (player.alive() && !stopped()) judge_call(player, player.check_stability());
      result_.engines.push_back(m);
    }
  }

  const InputMaker& make_inputs_;
  const MeasureHooks& hooks_;
  Measurement result_;
  std::deque<Player> players_;
  std::vector<NamedTensor> inputs_;
  bool inputs_made_ = false;
  Clock::time_point start_;
  std::vector<std::size_t> order_;
  std::uint64_t shuffled_ = 0;
  int rounds_done_ = 0;
  int planned_rounds_ = 0;
  std::string stop_reason_;
};

}  // namespace

Result<Measurement> measure_engines(std::span<Contender> contenders, const InputMaker& make_inputs,
                                    const MeasureSettings& settings, const MeasureHooks& hooks) {
  if (contenders.empty()) return usage_error("no engine to measure");
  if (!(settings.min_time_s >= 0.0) || !(settings.max_time_s > 0.0) ||
      settings.min_time_s > settings.max_time_s || !(settings.block_time_s > 0.0)) {
    return usage_error("the least time must not be above the most, and both must be positive");
  }
  if (settings.processes < 1 || settings.processes > kMostProcesses) {
    return usage_error("processes must be 1 to " + std::to_string(kMostProcesses));
  }
  const bool fixed = std::any_of(contenders.begin(), contenders.end(),
                                 [](const Contender& c) { return !c.start_again; });
  if (settings.processes > 1 && fixed) {
    return usage_error("an engine that cannot be started again has one process");
  }
  return Conductor(contenders, make_inputs, settings, hooks).play();
}

}  // namespace vernier
