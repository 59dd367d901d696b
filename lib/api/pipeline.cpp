#include "vernier/pipeline.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "api/bench_engines.h"
#include "api/percentile_figure.h"
#include "api/pipeline_steps.h"
#include "api/settings.h"
#include "base/budget.h"
#include "data/labels.h"
#include "data/media.h"
#include "engine/worker_client.h"
#include "measure/environment.h"
#include "measure/pipeline.h"
#include "measure/process_sampler.h"
#include "report/report.h"

namespace vernier {
namespace {

/// The public form (without names, notes and JSON).
void describe(const PipelineMeasurement& m, PipelineReport& report) {
  report.interrupted = m.status == MeasureStatus::interrupted;
  report.source = m.source;
  report.kind = m.kind;
  report.preprocess = m.preprocess;
  report.postprocess = m.postprocess;
  report.items = m.items;
  for (const PipelineFailure& row : m.failed) {
    report.failed.push_back(
        {row.index, row.item, std::string(pipeline_stage_name(row.stage)), row.error});
  }
  for (const PipelineStageSummary& row : m.stages) {
    report.stages.push_back({std::string(pipeline_stage_name(row.stage)), row.threads,
                             figure_of(row.sequential.p50), figure_of(row.sequential.p90),
                             figure_of(row.staged.p50), figure_of(row.staged.p90), row.busy});
  }
  for (const PipelinePass& pass : m.passes) {
    report.max_in_flight = std::max(report.max_in_flight, pass.max_in_flight);
    for (std::size_t i = 0; i < pass.queues.size(); ++i) {
      const PipelineQueue& queue = pass.queues[i];
      if (report.queues.size() <= i) {
        report.queues.push_back({queue.after, static_cast<std::int64_t>(queue.capacity), 0});
      }
      auto& most = report.queues[i].max_depth;
      most = std::max(most, static_cast<std::int64_t>(queue.max_depth));
    }
  }
  report.passes = m.gain.pairs;
  report.sequential_per_s = m.sequential_per_s;
  report.staged_per_s = m.staged_per_s;
  report.gain = m.gain.ratio;
  report.gain_ci_low = m.gain.ci_low;
  report.gain_ci_high = m.gain.ci_high;
  report.verdict = verdict_name(m.gain.verdict);
  report.reason = m.gain.reason;
  report.order_kept = m.order_kept;
  report.results_equal = m.results_equal;
  report.bottleneck = m.bottleneck;
}

class PipelineBench {
 public:
  PipelineBench(const std::string& path, const PipelineOptions& options)
      : path_(path), options_(options) {}

  Result<PipelineReport> run() && {
    VERNIER_ASSIGN(media_, open_media(options_.sources));
    VERNIER_TRY(prepare_drawing());
    VERNIER_ASSIGN(ReportModel model, describe_model(path_));
    std::optional<ReportWriter> writer;
    if (!options_.report.empty()) {
      VERNIER_ASSIGN(ReportWriter opened, ReportWriter::open(options_.report));
      writer.emplace(std::move(opened));
    }
    // The stages are the threads: a picture library that starts more of its own hides their cost.
    set_picture_threads(1);
    report_.models.push_back(std::move(model));
    report_.command = options_.command_line;
    report_.measurement.environment = read_environment();
    VERNIER_TRY(load());
    VERNIER_ASSIGN(PipelineMeasurement measured, measure());
    fill_report(std::move(measured));
    if (writer) VERNIER_TRY(writer->finish(report_));
    return std::move(result_);
  }

 private:
  Result<void> prepare_drawing() {
    if (!options_.labels.empty()) {
      VERNIER_ASSIGN(labels_, read_labels(options_.labels));
    }
    if (options_.save_boxes.empty()) return {};
    if (options_.preprocess != "yolo") {
      return usage_error("boxes can be saved with the preprocessing 'yolo' only");
    }
    std::error_code error;
    std::filesystem::create_directories(options_.save_boxes, error);
    if (!error) return {};
    return make_error(Errc::output, "E-OUTPUT-OPEN",
                      "'" + options_.save_boxes + "': " + error.message());
  }

  void say(const std::string& stage, int round, double fraction) const {
    if (options_.progress) options_.progress({stage, options_.engine, round, fraction});
  }

  Result<void> load() {
    say("load", 0, 0.0);
    BenchOptions bench;
    bench.model = options_.model;
    bench.engines = {options_.engine};
    VERNIER_ASSIGN(auto entries, bench_entries(bench));
    // Pictures of different sizes may lead to inputs of different shapes.
    auto& fixed = entries.front().settings.options;
    if (const auto at = fixed.find("fixed_shapes"); at != fixed.end()) at->second = "0";
    VERNIER_ASSIGN(auto contenders, start_contenders(path_, entries, {}, bench));
    contender_ = std::move(contenders.front());
    engine_.label = contender_.label;
    engine_.name = contender_.engine->name();
    engine_.version = contender_.engine->version();
    engine_.model = path_;
    engine_.settings = contender_.settings;
    const auto before = read_process_memory(pid());
    if (before) engine_.memory.rss_before_load_bytes = before->rss_bytes;
    const auto begin = std::chrono::steady_clock::now();
    VERNIER_TRY(contender_.engine->load(path_, contender_.settings));
    engine_.load_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                          std::chrono::steady_clock::now() - begin)
                          .count();
    PictureStepsOptions steps;
    steps.preprocess = options_.preprocess;
    steps.folded = read_folded_preprocess(path_);
    steps.min_score = options_.min_score;
    steps.shapes = options_.model.shapes;
    const auto budget = make_memory_budget(options_.model.max_memory_bytes);
    VERNIER_ASSIGN(steps_, PictureSteps::create(*media_, *contender_.engine, steps, budget));
    if (options_.preprocess.empty() && !steps.folded) {
      result_.notes.push_back("no --preprocess given: '" + steps_->preset() + "' is used");
    }
    return {};
  }

  [[nodiscard]] std::int64_t pid() const {
    const auto* worker = dynamic_cast<const WorkerEngine*>(contender_.engine.get());
    return worker != nullptr ? worker->pid() : 0;
  }

  Result<PipelineMeasurement> measure() {
    PipelineSettings settings;
    settings.queue_capacity = static_cast<std::size_t>(std::max<std::int64_t>(options_.queue, 0));
    settings.workers = options_.workers;
    settings.passes = options_.passes;
    settings.max_items = options_.items;
    settings.seed = options_.seed;
    PipelineHooks hooks;
    hooks.interrupt = options_.model.interrupt;
    hooks.progress = [this](int pass) {
      if (pass == 0) steps_->draw_nowhere();
      say(pass < 0 ? "warm up" : "measure", std::max(pass, 0),
          static_cast<double>(std::max(pass, 0)) / (2.0 * options_.passes));
    };
    if (!options_.save_boxes.empty()) {
      settings.warm_up_items = 0;
      steps_->draw_into(options_.save_boxes, labels_);
    }
    return measure_pipeline(*steps_, settings, hooks);
  }

  void fill_report(PipelineMeasurement measured) {
    measured.source = options_.sources.front();
    if (options_.sources.size() > 1) {
      measured.source += " and " + std::to_string(options_.sources.size() - 1) + " more";
    }
    measured.kind = media_->kind();
    measured.preprocess = steps_->preset();
    measured.postprocess = steps_->postprocessing();
    describe(measured, result_);
    result_.model = path_;
    result_.engine = contender_.label;
    const auto& notes = media_->notes();
    result_.notes.insert(result_.notes.end(), notes.begin(), notes.end());
    fill_engine(measured);
    ReportInput input;
    input.name = steps_->input().name;
    input.dtype = dtype_name(steps_->input().type.dtype);
    for (const Dim& dim : steps_->input().type.dims)
      input.shape.push_back(std::max<std::int64_t>(dim.value, 1));
    if (const auto& record = steps_->first_record()) {
      input.preprocess = vernier::describe(*record);
    }
    input.source = "file";
    input.file = measured.source;
    report_.inputs.push_back(std::move(input));
    report_.measurement.status = measured.status;
    report_.measurement.settings.seed = options_.seed;
    report_.measurement.engines.push_back(std::move(engine_));
    report_.pipeline = std::move(measured);
    result_.json = to_json(report_);
  }

  /// The engine's own entry: its inferences in the sequential passes.
  void fill_engine(const PipelineMeasurement& measured) {
    constexpr auto kInference = static_cast<std::size_t>(PipelineStage::inference);
    std::vector<std::int64_t> all;
    for (const PipelinePass& pass : measured.passes) {
      if (pass.staged || !pass.complete) continue;
      BlockSamples block;
      block.round = pass.round;
      block.position = pass.position;
      block.wall_ns = pass.wall_ns;
      for (const std::int64_t ns : pass.samples_ns[kInference]) {
        if (ns >= 0) block.ns.push_back(ns);
      }
      all.insert(all.end(), block.ns.begin(), block.ns.end());
      engine_.blocks.push_back(std::move(block));
    }
    engine_.latency = summarize(all);
    engine_.stop_reason = "all passes are done";
    engine_.converged = measured.status == MeasureStatus::complete;
    if (!engine_.converged) engine_.stop_reason = "interrupted";
    engine_.prepare_ns = steps_->first_bind_ns();
    engine_.first_inference_ns = steps_->first_inference_ns();
    engine_.facts = contender_.engine->facts();
    if (const auto memory = read_process_memory(pid())) {
      engine_.memory.peak_rss_bytes = memory->peak_rss_bytes;
    }
  }

  const std::string& path_;
  const PipelineOptions& options_;
  std::vector<std::string> labels_;
  std::unique_ptr<MediaSource> media_;
  Contender contender_;
  std::unique_ptr<PictureSteps> steps_;
  EngineMeasurement engine_;
  Report report_;
  PipelineReport result_;
};

}  // namespace

Result<PipelineReport> bench_pipeline(const std::string& path, const PipelineOptions& options) {
  return PipelineBench(path, options).run();
}

}  // namespace vernier
