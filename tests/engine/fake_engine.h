#pragma once

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/counter_random.h"
#include "engine/engine.h"

namespace vernier {

/// An engine with scripted behaviour. y = scale * x, and times that are invented, not slept.
/// Options: mean, jitter (ns, uniform), seed, drift (ns added per run), scale, nan=1, print=1
/// (writes to standard output), die_at=N, hang_at=N (in the N-th run, from 1), fail_load=1,
/// exit_load=N, unstable=1 (output changes from run to run).
class FakeEngine final : public Engine {
 public:
  [[nodiscard]] std::string name() const override { return "fake"; }
  [[nodiscard]] std::string version() const override { return "1.0"; }

  Result<void> load(const std::string& path, const EngineSettings& settings) override {
    options_ = settings.options;
    if (number("print", 0) != 0) {
      std::printf("a library that prints to standard output\n");
      std::fflush(stdout);
    }
    if (number("exit_load", 0) != 0) {
      std::fprintf(stderr, "libfake.so: cannot be loaded\n");
      std::exit(static_cast<int>(number("exit_load", 0)));
    }
    if (number("fail_load", 0) != 0) {
      Error error = invalid_model("weight has 3 dims, expected 4", "E-MODEL-SHAPE");
      error.where.node = "conv1";
      error.where.op = "Conv";
      error.where.opset = 13;
      error.where.model = path;
      return error;
    }
    inputs_ = {{"x", ValueType::of(DType::float32, {Dim::named("N"), Dim::known(3)})}};
    outputs_ = {{"y", ValueType::of(DType::float32, {Dim::named("N"), Dim::known(3)})}};
    return {};
  }
  [[nodiscard]] const std::vector<TensorInfo>& inputs() const override { return inputs_; }
  [[nodiscard]] const std::vector<TensorInfo>& outputs() const override { return outputs_; }

  Result<void> bind(std::span<const NamedTensor> inputs) override {
    if (inputs.size() != 1 || inputs[0].name != "x") {
      return usage_error("the model has no such input", "E-INPUT-NAME");
    }
    input_ = inputs[0].tensor;
    return {};
  }
  Result<void> run() override {
    ++runs_;
    if (runs_ == number("die_at", -1)) raise(SIGKILL);
    if (runs_ == number("hang_at", -1)) {
      while (true) pause();
    }
    return {};
  }
  Result<TimedRuns> run_timed(int n) override {
    TimedRuns runs;
    const auto key = random_key(static_cast<std::uint64_t>(number("seed", 0)), "times");
    const std::int64_t jitter = number("jitter", 0);
    const double level = share("block", 0) * normal(static_cast<std::uint64_t>(++calls_), "level");
    for (int i = 0; i < n; ++i) {
      VERNIER_TRY(run());
      const auto noise = counter_random(key, static_cast<std::uint64_t>(runs_));
      const auto extra = static_cast<std::int64_t>(noise % static_cast<std::uint64_t>(jitter + 1));
      const double mean = static_cast<double>(number("mean", 1'000'000)) * (1 + share("shift", 0));
      const double scripted = mean * scatter() * (1 + level);
      runs.ns.push_back(std::llround(std::max(scripted, 1.0)) + extra + number("drift", 0) * runs_);
      runs.wall_ns += runs.ns.back();
    }
    return runs;
  }
  Result<std::vector<NamedTensor>> fetch_outputs() override {
    VERNIER_ASSIGN(Tensor y, Tensor::copy_of(input_.view()));
    auto* values = y.mutable_as<float>();
    const auto scale =
        options_.count("scale") ? std::strtof(options_["scale"].c_str(), nullptr) : 1;
    for (std::int64_t i = 0; i < y.element_count(); ++i) values[i] *= scale;
    if (number("nan", 0) != 0) values[0] = std::strtof("nan", nullptr);
    if (number("unstable", 0) != 0) values[0] += static_cast<float>(runs_);
    std::vector<NamedTensor> result;
    result.push_back({"y", std::move(y)});
    return result;
  }
  [[nodiscard]] EngineFacts facts() const override {
    EngineFacts facts;
    facts.planned_arena_bytes = 4096;
    facts.weights_bytes = 128;
    facts.isa = "generic";
    facts.placement = {{"node1", "Mul", "cpu", "mul_f32_generic", ""}};
    facts.notes = {"scripted"};
    return facts;
  }

 private:
  double share(const std::string& key, double fallback) const {
    const auto it = options_.find(key);
    return it == options_.end() ? fallback : std::strtod(it->second.c_str(), nullptr);
  }

  /// Uniform in (0, 1); depends on the seed, the counter and the purpose only.
  double uniform(std::uint64_t counter, const char* purpose) const {
    const auto key = random_key(static_cast<std::uint64_t>(number("seed", 0)), purpose);
    return (static_cast<double>(counter_random(key, counter) >> 11U) + 0.5) * 0x1p-53;
  }
  /// Box & Muller.
  double normal(std::uint64_t counter, const char* purpose) const {
    const double radius = std::sqrt(-2 * std::log(uniform(2 * counter, purpose)));
    return radius * std::cos(6.283185307179586 * uniform(2 * counter + 1, purpose));
  }

  /// The next run's time as a multiple of the mean.
  double scatter() {
    const auto it = options_.find("dist");
    if (it == options_.end()) return 1;
    const auto run = static_cast<std::uint64_t>(runs_);
    const double sd = share("sd", 0.02);
    const double z = normal(run, "scatter");
    if (it->second == "lognormal") return std::exp(sd * z);
    if (it->second == "ar1") {
      const double r = share("ar", 0.5);
      state_ = runs_ == 1 ? z : r * state_ + std::sqrt(1 - r * r) * z;
      return 1 + sd * state_;
    }
    const bool slow = it->second == "bimodal" && uniform(run, "mode") < share("often", 0.3);
    return 1 + sd * z + (slow ? share("distance", 0.2) : 0);
  }

  std::int64_t number(const std::string& key, std::int64_t fallback) const {
    const auto it = options_.find(key);
    return it == options_.end() ? fallback : std::strtoll(it->second.c_str(), nullptr, 10);
  }

  std::map<std::string, std::string> options_;
  std::vector<TensorInfo> inputs_;
  std::vector<TensorInfo> outputs_;
  Tensor input_;
  std::int64_t runs_ = 0;
  std::int64_t calls_ = 0;
  double state_ = 0;
};

}  // namespace vernier
