#include "measure/player.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "engine/worker_client.h"
#include "measure/agreement.h"
#include "measure/outliers.h"
#include "measure/process_sampler.h"
#include "measure/statistics.h"
#include "measure/steady_state.h"
#include "measure/throughput.h"

namespace vernier {
namespace {

constexpr int kMaxBlockRuns = 100'000;
// Runs of a threaded engine may differ in the order of sums; more than this is worth a remark.
constexpr double kStableRelL2 = 1e-5;
constexpr std::size_t kLeastGrowthReadings = 8;

/// The steady state began in the first half of the curve: what is left of it is level.
bool has_settled(WarmUp& curve) {
  find_steady(curve);
  return 2 * curve.steady_from_run <= static_cast<std::int64_t>(curve.ns.size());
}

/// Median of the slopes between all pairs of points (Theil 1950, Sen 1968), of at most 200 points.
double median_slope(const std::vector<double>& x, const std::vector<double>& y) {
  const std::size_t step = (x.size() + 199) / 200;
  std::vector<double> slopes;
  for (std::size_t i = 0; i < x.size(); i += step) {
    for (std::size_t j = i + step; j < x.size(); j += step) {
      if (x[j] > x[i]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
    }
  }
  return slopes.empty() ? 0.0 : median(std::move(slopes));
}

}  // namespace

Player::Player(Contender& contender, const MeasureSettings& settings)
    : contender_(&contender),
      settings_(&settings),
      worker_(dynamic_cast<const WorkerEngine*>(contender.engine.get())) {
  measured_.label = contender.label;
  measured_.name = contender.engine->name();
  measured_.version = contender.engine->version();
  measured_.model = contender.model;
  measured_.case_label = contender.case_label;
  measured_.settings = contender.settings;
  measured_.batch = contender.batch;
}

std::int64_t Player::pid() const { return worker_ != nullptr ? worker_->pid() : getpid(); }

void Player::fail(Error error) {
  alive_ = false;
  measured_.error = std::move(error);
}

void Player::read_memory() {
  const auto memory = read_process_memory(pid());
  if (!memory) return;
  measured_.memory.peak_rss_bytes =
      std::max(measured_.memory.peak_rss_bytes, memory->peak_rss_bytes);
  if (samples_ > 0) {
    rss_runs_.push_back(static_cast<double>(samples_));
    rss_bytes_.push_back(static_cast<double>(memory->rss_bytes));
  }
}

Result<void> Player::load() {
  const auto before = read_process_memory(pid());
  if (before) measured_.memory.rss_before_load_bytes = before->rss_bytes;
  const std::int64_t begin = now_ns();
  VERNIER_TRY(engine().load(measured_.model, measured_.settings));
  measured_.load_ns = now_ns() - begin;
  if (worker_ != nullptr) measured_.load_ns = worker_->load_ns();
  return {};
}

Result<void> Player::start(std::span<const NamedTensor> inputs) {
  const std::int64_t begin = now_ns();
  measured_.batch = contender_->batch;
  VERNIER_TRY(engine().bind(inputs));
  measured_.prepare_ns = now_ns() - begin;
  if (worker_ != nullptr) measured_.prepare_ns = worker_->bind_ns();
  VERNIER_ASSIGN(const auto first, engine().run_timed(1));
  measured_.first_inference_ns = first.ns.at(0);
  measured_.warm_up.ns = first.ns;
  measured_.warm_up.runs = 1;
  measured_.warm_up.total_ns = first.wall_ns;
  measured_.facts = engine().facts();
  if (const auto memory = read_process_memory(pid())) {
    measured_.memory.rss_after_load_bytes = memory->rss_bytes;
    measured_.memory.peak_load_bytes = memory->peak_rss_bytes;
    measured_.memory.peak_rss_bytes = memory->peak_rss_bytes;
  }
  VERNIER_ASSIGN(first_outputs_, engine().fetch_outputs());
  alive_ = true;
  return {};
}

Result<void> Player::warm_up(const std::function<bool()>& stopped) {
  const MeasureSettings& s = *settings_;
  if (process_ == 0) return warm_up(measured_.warm_up, s.warmup_s, s.max_warmup_s, stopped);
  // Caches of files are warm by now; what is left is the process's own, and the first one showed
  // how long that takes.
  const double steady_s = static_cast<double>(measured_.warm_up.time_to_steady_ns) * 1e-9;
  const double least_s = std::min(std::max(steady_s, s.min_time_s / s.processes), s.warmup_s);
  return warm_up(again_, least_s, std::min(2.0 * least_s, s.max_warmup_s), stopped);
}

Result<void> Player::warm_up(WarmUp& curve, double least_s, double most_s,
                             const std::function<bool()>& stopped) {
  const MeasureSettings& s = *settings_;
  std::vector<double> recent(curve.ns.begin(), curve.ns.end());
  double seconds = static_cast<double>(curve.total_ns) * 1e-9;
  for (int step = 1;;) {
    const bool least = curve.runs > s.warmup_runs && seconds >= least_s;
    // Not settled: as long again, until the times are level or the cap is reached.
    if (least && (has_settled(curve) || seconds >= most_s)) break;
    if (stopped() || seconds >= s.max_time_s) break;
    VERNIER_ASSIGN(const TimedRuns runs, engine().run_timed(step));
    recent.assign(runs.ns.begin(), runs.ns.end());
    curve.runs += step;
    curve.total_ns += runs.wall_ns;
    seconds = static_cast<double>(curve.total_ns) * 1e-9;
    const std::size_t room = kMaxWarmUpCurve - std::min(kMaxWarmUpCurve, curve.ns.size());
    curve.ns.insert(curve.ns.end(), runs.ns.begin(),
                    runs.ns.begin() + static_cast<std::ptrdiff_t>(std::min(room, runs.ns.size())));
    // Doubling, but not far beyond the time that is left.
    const double per_run = std::max(median(recent), 1.0) * 1e-9;
    const double left = std::max(least_s - seconds, 0.25 * least_s) / per_run;
    step = static_cast<int>(
        std::clamp(std::min(2.0 * step, left + 1.0), 1.0, static_cast<double>(kMaxBlockRuns)));
  }
  find_steady(curve);
  if (process_ == 0) size_blocks(median(recent));
  return {};
}

void Player::size_blocks(double median_ns) {
  const MeasureSettings& s = *settings_;
  const double runs = s.block_time_s * 1e9 / std::max(median_ns, 1.0);
  double most = kMaxBlockRuns;
  if (s.processes > 1) {  // each gets a block within the limit of samples
    most = std::clamp(static_cast<double>(s.max_samples / s.processes), 1.0, most);
  }
  block_runs_ = static_cast<int>(std::clamp(std::round(runs), 1.0, most));
  if (measured_.settings.streams > 1) {  // every stream gets a few turns in a block
    block_runs_ =
        std::max(block_runs_ * measured_.settings.streams, 4 * measured_.settings.streams);
  }
}

void Player::begin() { use_at_begin_ = read_resource_use(pid()); }

void Player::close_accounts() {
  const ResourceUse own = difference(read_resource_use(pid()), use_at_begin_);
  ResourceUse& all = measured_.use;
  all.user_ns += own.user_ns;
  all.system_ns += own.system_ns;
  all.voluntary_switches += own.voluntary_switches;
  all.involuntary_switches += own.involuntary_switches;
  all.minor_faults += own.minor_faults;
  all.major_faults += own.major_faults;
  read_memory();
}

Result<void> Player::end_process() {
  VERNIER_TRY(look_at_outputs());
  close_accounts();
  rss_runs_.clear();
  rss_bytes_.clear();
  alive_ = false;
  ended_ = true;
  worker_ = nullptr;
  contender_->engine.reset();
  return {};
}

Result<void> Player::start_process(std::span<const NamedTensor> inputs) {
  VERNIER_ASSIGN(contender_->engine, contender_->start_again());
  worker_ = dynamic_cast<const WorkerEngine*>(contender_->engine.get());
  VERNIER_TRY(engine().load(measured_.model, measured_.settings));
  VERNIER_TRY(engine().bind(inputs));
  VERNIER_ASSIGN(const auto first, engine().run_timed(1));
  again_ = {};
  again_.ns = first.ns;
  again_.runs = 1;
  again_.total_ns = first.wall_ns;
  VERNIER_TRY(look_at_outputs());
  ++process_;
  ended_ = false;
  alive_ = true;
  return {};
}

Result<void> Player::block(int round, int position) {
  if (settings_->lead_in_runs > 0) {
    VERNIER_TRY(engine().run_timed(settings_->lead_in_runs));
  }
  const SystemCounters system = read_system_counters();
  const EnergyReading energy = energy_.read();
  const auto cpu = read_cpu_ns(pid());
  VERNIER_ASSIGN(TimedRuns runs, engine().run_timed(block_runs_));
  const auto cpu_after = read_cpu_ns(pid());
  const EnergyReading energy_after = energy_.read();
  const SystemCounters system_after = read_system_counters();

  BlockSamples samples;
  samples.round = round;
  samples.process = process_;
  samples.position = position;
  samples.ns = std::move(runs.ns);
  samples.wall_ns = runs.wall_ns;
  samples.events = std::move(runs.events);
  samples.cpu_mhz = read_cpu_mhz();
  samples.steal_ticks = std::max<std::int64_t>(system_after.steal_ticks - system.steal_ticks, 0);
  if (cpu && cpu_after) {
    const std::int64_t busy = system_after.busy_ns - system.busy_ns;
    samples.other_busy_ns = std::max<std::int64_t>(busy - (*cpu_after - *cpu), 0);
  }
  const auto joules = joules_between(energy, energy_after);
  joules_known_ = joules_known_ && joules;
  if (joules) joules_ += *joules;
  if (!energy_after.microjoules) measured_.energy.reason = energy_after.reason;
  measured_.energy.source = energy_after.source;

  samples_ += static_cast<std::int64_t>(samples.ns.size());
  measured_ns_ += samples.wall_ns;
  measured_.blocks.push_back(std::move(samples));
  read_memory();
  return {};
}

void Player::summarize_blocks() {
  measured_.latency = summarize(measured_.blocks);
  measured_.throughput = throughput_of(measured_.blocks, measured_.batch);
}

void Player::finish() {
  summarize_blocks();
  measured_.steady = classify_steady(measured_.blocks);
  measured_.outliers = label_outliers(measured_.blocks);
  if (rss_runs_.size() >= kLeastGrowthReadings) {
    // What is still being touched for the first time is no growth: the later half counts.
    const auto half = static_cast<std::ptrdiff_t>(rss_runs_.size() / 2);
    const std::vector<double> runs(rss_runs_.begin() + half, rss_runs_.end());
    const std::vector<double> bytes(rss_bytes_.begin() + half, rss_bytes_.end());
    measured_.memory.growth_bytes_per_1000_runs = 1000.0 * median_slope(runs, bytes);
  }
  if (joules_known_ && samples_ > 0) {
    measured_.energy.joules = joules_;
    measured_.energy.joules_per_inference = joules_ / static_cast<double>(samples_);
  } else if (measured_.energy.reason.empty()) {
    measured_.energy.reason = "nothing was measured";
  }
  if (alive_) close_accounts();
}

Result<void> Player::look_at_outputs() {
  VERNIER_ASSIGN(const auto outputs, engine().fetch_outputs());
  OutputAgreement same = compare_outputs(outputs, first_outputs_, kStableRelL2);
  if (same.agree) return {};
  far_ = far_ || !compare_outputs(outputs, first_outputs_, tolerance()).agree;
  if (!unequal_ || same.max_rel_l2 > unequal_->max_rel_l2) unequal_ = std::move(same);
  return {};
}

Result<void> Player::check_stability() {
  VERNIER_TRY(look_at_outputs());
  ValidityCheck check;
  check.id = "outputs_stable";
  if (unequal_) {
    check.status = far_ ? ValidityCheck::Status::invalid : ValidityCheck::Status::suspect;
  }
  check.observed = unequal_ ? unequal_->reason : "equal at start and end";
  check.limit = "relative L2 of start and end at most 1e-5";
  if (unequal_) check.remedy = "look for state that is kept between runs";
  measured_.validity.push_back(std::move(check));
  return {};
}

double Player::tolerance() const {
  return settings_->max_rel_l2.value_or(default_max_rel_l2(measured_.settings.precision));
}

}  // namespace vernier
