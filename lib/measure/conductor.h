#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "measure/measurement.h"

namespace vernier {

/// An engine that takes part: started, nothing loaded.
struct Contender {
  std::string label;
  std::string model;       ///< path
  std::string case_label;  ///< setting of the inputs; see EngineMeasurement
  EngineSettings settings;
  std::int64_t batch = 1;  ///< samples of one inference, for throughput; read when inputs are made
  std::unique_ptr<Engine> engine;
  /// Another process of the same engine; asked when MeasureSettings::processes is above 1.
  std::function<Result<std::unique_ptr<Engine>>()> start_again;
  /// A second process of the first engine with the same settings: takes part in the rounds, shows
  /// what the first differs from itself (NoiseFloor), and is in no result.
  bool noise_twin = false;
};

/// Makes the inputs, once, from what the first engine that loads says about the model's.
using InputMaker = std::function<Result<std::vector<NamedTensor>>(const std::vector<TensorInfo>&)>;

struct MeasureProgress {
  enum class Stage : std::uint8_t { load, warm_up, measure };
  Stage stage = Stage::load;
  std::string label;      ///< the engine at work
  int round = 0;          ///< of `measure`
  double fraction = 0.0;  ///< of the least time that measuring takes; 0..1
};

struct MeasureHooks {
  const std::atomic<bool>* interrupt = nullptr;  ///< checked between blocks: partial result
  std::function<void(const MeasureProgress&)> progress;
  std::function<void(const MeasurePlan&)> planned;  ///< after the pilot, with settings.budget_s
};

/// Loads every engine, compares their first outputs with the first engine's, warms them up, then
/// drives them in rounds: each round gives every engine one block of runs, in random (seeded)
/// order, on the same input bytes. Ends when every engine has its least time and runs and the
/// intervals are as narrow as wanted (asked at 8, 16, 32, ... rounds only, so that looking does not
/// raise the rate of false alarms), or at a limit of time; with budget_s the rounds are planned
/// after a pilot. With several processes the rounds are cut into as many sections, between which
/// every engine is ended, started anew and warmed up; a section ends when its share of the least
/// time, runs and rounds is reached, or of a limit, so how long measuring takes does not depend on
/// what is seen. An engine that fails keeps its error and what was measured; the others go on. The
/// result is an error only when no engine gets as far as a first inference (then the first engine's
/// error), or when inputs cannot be made. Never prints.
Result<Measurement> measure_engines(std::span<Contender> contenders, const InputMaker& make_inputs,
                                    const MeasureSettings& settings = {},
                                    const MeasureHooks& hooks = {});

}  // namespace vernier
