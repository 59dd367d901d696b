#include "vernier/bench.h"

#include <cmath>
#include <cstdio>
#include <iterator>
#include <memory>
#include <utility>

#include "api/bench_cases.h"
#include "api/bench_engines.h"
#include "api/run_inputs.h"
#include "api/settings.h"
#include "base/budget.h"
#include "base/sha256.h"
#include "measure/block_compare.h"
#include "measure/shape_switch.h"
#include "report/report.h"

namespace vernier {
namespace {

std::string stage_name(MeasureProgress::Stage stage) {
  switch (stage) {
    case MeasureProgress::Stage::load:
      return "load";
    case MeasureProgress::Stage::warm_up:
      return "warm up";
    case MeasureProgress::Stage::measure:
      break;
  }
  return "measure";
}

std::string describe_plan(const MeasurePlan& plan) {
  const auto percent = [](double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2g %%", share * 100.0);
    return std::string(text);
  };
  const auto seconds = [](double s) { return std::to_string(std::llround(std::ceil(s))) + " s"; };
  if (plan.unit == PairUnit::process) {
    return "resolving " + percent(plan.resolve) + " takes about " + std::to_string(plan.rounds) +
           " processes of each engine; what was asked for" +
           (plan.possible ? " does it" : " allows about " + percent(plan.reachable_resolve));
  }
  if (plan.possible) {
    return "planned: " + std::to_string(plan.rounds) + " rounds, about " + seconds(plan.seconds) +
           ", to resolve " + percent(plan.resolve);
  }
  return "the budget of " + seconds(plan.budget_s) + " cannot resolve " + percent(plan.resolve) +
         " here, which would take about " + seconds(plan.seconds) + "; it allows about " +
         percent(plan.reachable_resolve);
}

ReportInput report_input(const NamedTensor& input, const InputOrigin& origin) {
  ReportInput row;
  row.name = input.name;
  row.dtype = dtype_name(input.tensor.dtype());
  for (const std::int64_t dim : input.tensor.shape()) row.shape.push_back(dim);
  if (input.tensor.dtype() != DType::string) {
    row.sha256 = sha256_hex({input.tensor.data(), input.tensor.byte_count()});
  }
  row.source = origin.file.empty() ? "synthetic" : "file";
  row.kind = origin.kind;
  row.file = origin.file;
  if (origin.record) row.preprocess = describe(*origin.record);
  return row;
}

/// One measurement from the open report file to the finished one.
class Bench {
 public:
  Bench(const std::string& path, const BenchOptions& options) : path_(path), options_(options) {}

  Result<BenchReport> run() && {
    result_.model = path_;
    report_.command = options_.command_line;
    VERNIER_ASSIGN(ReportModel model, describe_model(path_));
    report_.models.push_back(std::move(model));
    for (const BenchVariant& variant : options_.variants) {
      if (variant.model.empty() || variant.model == path_) continue;
      VERNIER_ASSIGN(ReportModel other, describe_model(variant.model));
      report_.models.push_back(std::move(other));
    }
    std::optional<ReportWriter> writer;
    if (!options_.report.empty()) {
      VERNIER_ASSIGN(ReportWriter opened, ReportWriter::open(options_.report));
      writer.emplace(std::move(opened));
    }
    cases_ = bench_cases(options_);
    VERNIER_ASSIGN(entries_, bench_entries(options_));
    for (const BenchCase& one : cases_) {
      VERNIER_TRY(measure(one));
      if (report_.measurement.status == MeasureStatus::interrupted) break;
    }
    if (cases_.size() > 1) VERNIER_TRY(measure_switches());
    describe_measurement(report_.measurement, result_);
    result_.json = to_json(report_);
    if (writer) VERNIER_TRY(writer->finish(report_));
    return std::move(result_);
  }

 private:
  [[nodiscard]] MeasureHooks hooks() const {
    MeasureHooks hooks;
    hooks.interrupt = options_.model.interrupt;
    if (options_.progress) {
      hooks.progress = [this](const MeasureProgress& progress) {
        options_.progress(
            {stage_name(progress.stage), progress.label, progress.round, progress.fraction});
      };
    }
    if (options_.planned) {
      hooks.planned = [this](const MeasurePlan& plan) { options_.planned(describe_plan(plan)); };
    }
    return hooks;
  }

  Result<void> measure(const BenchCase& one) {
    VERNIER_ASSIGN(auto contenders, start_contenders(path_, entries_, one, options_));
    const auto make =
        [&](const std::vector<TensorInfo>& inputs) -> Result<std::vector<NamedTensor>> {
      VERNIER_ASSIGN(GatheredInputs gathered, make_inputs(inputs, one));
      for (Contender& contender : contenders) contender.batch = gathered.batch;
      return std::move(gathered.tensors);
    };
    auto measured = measure_engines(contenders, make, measure_settings(options_), hooks());
    if (!measured) return blame_assumed(std::move(measured).error(), result_.assumed);
    append(std::move(measured).value());
    return {};
  }

  /// The cases of a report share settings and environment; of the noise the worst is kept.
  void append(Measurement measured) {
    Measurement& all = report_.measurement;
    if (all.engines.empty()) {
      all = std::move(measured);
      return;
    }
    all.status = measured.status;
    std::move(measured.engines.begin(), measured.engines.end(), std::back_inserter(all.engines));
    std::move(measured.comparisons.begin(), measured.comparisons.end(),
              std::back_inserter(all.comparisons));
    adjust_p_values(all.comparisons);
    if (measured.noise.resolution.value_or(0.0) > all.noise.resolution.value_or(0.0)) {
      all.noise = std::move(measured.noise);
    }
    if (measured.plan && (!all.plan || measured.plan->rounds > all.plan->rounds)) {
      all.plan = measured.plan;
    }
  }

  /// One more session of each engine, which goes from shape to shape. What goes wrong there is the
  /// engine's, and leaves its measurements as they are.
  Result<void> measure_switches() {
    for (const BenchEntry& entry : entries_) {
      if (options_.model.interrupt != nullptr && options_.model.interrupt->load()) break;
      EngineMeasurement* const row = find_result(entry.label);
      if (row == nullptr || row->error) continue;
      if (auto done = measure_switches(entry, *row); !done) {
        if (done.error().code == Errc::interrupted) break;
        result_.notes.push_back(entry.label +
                                ": changes of shape were not measured: " + done.error().message);
      }
    }
    return {};
  }

  Result<void> measure_switches(const BenchEntry& entry, EngineMeasurement& row) {
    VERNIER_ASSIGN(const auto engine,
                   start_engine(entry.request.name, worker_options(entry.request.name, options_)));
    EngineSettings settings = entry.settings;
    settings.options.erase("fixed_shapes");
    VERNIER_TRY(engine->load(path_, settings));
    std::vector<ShapeCase> cases;
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      cases.push_back({cases_[i].label, case_inputs_.at(i)});
    }
    VERNIER_ASSIGN(row.shape_switches, measure_shape_switches(*engine, cases));
    return {};
  }

  EngineMeasurement* find_result(const std::string& label) {
    for (EngineMeasurement& engine : report_.measurement.engines) {
      if (engine.label == label && engine.case_label == cases_.front().label) return &engine;
    }
    return nullptr;
  }

  Result<GatheredInputs> make_inputs(const std::vector<TensorInfo>& inputs, const BenchCase& one) {
    const auto budget = make_memory_budget(options_.model.max_memory_bytes);
    VERNIER_ASSIGN(
        GatheredInputs gathered,
        gather_inputs(options_.inputs.empty() ? with_uses(inputs, path_, budget) : inputs,
                      input_request(path_, options_, one), budget));
    for (std::size_t i = 0; i < gathered.tensors.size(); ++i) {
      const NamedTensor& input = gathered.tensors[i];
      result_.input_sources.push_back(input.name + " " + describe(input.tensor.view()) + " from " +
                                      gathered.origins[i].text);
      report_.inputs.push_back(report_input(input, gathered.origins[i]));
      report_.inputs.back().case_label = one.label;
    }
    result_.assumed = std::move(gathered.assumed);
    result_.notes = std::move(gathered.notes);
    if (cases_.size() > 1) case_inputs_.push_back(gathered.tensors);
    return gathered;
  }

  const std::string& path_;
  const BenchOptions& options_;
  Report report_;
  BenchReport result_;
  std::vector<BenchCase> cases_;
  std::vector<BenchEntry> entries_;
  std::vector<std::vector<NamedTensor>> case_inputs_;  // per case; only where shapes are switched
};

}  // namespace

Result<BenchReport> bench(const std::string& path, const BenchOptions& options) {
  return Bench(path, options).run();
}

}  // namespace vernier
