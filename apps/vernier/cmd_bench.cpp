#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/bench.h>
#include <vernier/vernier.h>

#include "bench_text.h"
#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "export_flags.h"
#include "parse.h"
#include "pipeline_text.h"
#include "signals.h"
#include "text.h"

namespace vernier::cli {
namespace {

class BenchCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "bench"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Measure one or more engines on the same inputs";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier bench model.onnx\n"
           "vernier bench model.onnx --engine vernier --engine onnxruntime --report report.json\n"
           "vernier bench model.onnx --threads 1,2 --streams 1,4 --batch 1,8\n"
           "vernier bench model.onnx --engine vernier --engine openvino --budget 5min --resolve "
           "1%\n"
           "vernier bench model.onnx --engine vernier --engine onnxruntime --require-agreement -q\n"
           "vernier bench yolov8n.onnx --pipeline photos/ --preprocess yolo --report report.json";
  }
  void declare(CLI::App& app) override {
    app.add_option("MODEL", models_, "ONNX files, measured one after the other")
        ->required()
        ->type_name("");
    app.add_option("-e,--engine", options_.engines,
                   "vernier, onnxruntime, ... (vernier doctor lists them), with options after a "
                   "colon: vernier:threads=2; repeatable, the first is the baseline")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--report", options_.report,
                   "write a JSON report (several models: FILE.<model>.json)")
        ->type_name("FILE");
    times_.declare(app);
    app.add_option("--warmup", options_.warmup_runs, "runs before measuring, at least")
        ->type_name("N")
        ->check(CLI::Range(0, 1'000'000));
    app.add_option("--runs", options_.min_runs, "measured runs of each engine, at least")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000'000));
    app.add_option("--batch", batches_,
                   "size of the inputs' first dimension, where it is free; a list: 1,8,32")
        ->type_name("N")
        ->allow_extra_args(false);
    app.add_option("--streams", streams_,
                   "inferences in flight, which share the weights; a list: 1,4")
        ->type_name("N")
        ->allow_extra_args(false);
    app.add_option("--budget", budget_,
                   "time for measuring a case, all engines together (5min): rounds are planned")
        ->type_name("S");
    app.add_option("--resolve", resolve_, "half-width of a ratio's interval to reach (0.5%)")
        ->type_name("P");
    app.add_option("--margin", margin_, "difference that counts as none (1%)")->type_name("P");
    app.add_option("--max-rel-l2", max_rel_l2_,
                   "relative L2 difference of outputs that counts as agreement")
        ->type_name("X");
    app.add_option("-i,--input", options_.inputs, "as for vernier run; without: made-up inputs")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--preprocess", options_.preprocess, "how a picture becomes the input")
        ->type_name("NAME");
    app.add_option("--seed", seed_, "of made-up inputs and of the order of measuring")
        ->type_name("N");
    app.add_flag("--require-agreement", require_agreement_,
                 "exit with 1 when outputs differ from the first engine's");
    exports_.declare(app);
    pipeline_.declare(app);
    flags_.declare(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_TRY(flags_.apply(options_));
    VERNIER_TRY(apply_statistics());
    if (!seed_.empty()) {
      VERNIER_ASSIGN(options_.seed, parse_seed(seed_));
    }
    VERNIER_TRY(times_.apply(options_));
    VERNIER_TRY(apply_lists());
    if (require_agreement_ && options_.engines.size() < 2 && options_.precisions.empty() &&
        options_.thread_counts.empty()) {
      return usage_error("--require-agreement needs a second engine to agree with");
    }
    options_.planned = [&console](const std::string& line) { console.talk(line); };
    options_.command_line = console.command_line();
    VERNIER_TRY(pipeline_.check_unused());
    if (pipeline_.active() && exports_.asked()) {
      return usage_error("--export has no format for --pipeline; --report writes its JSON");
    }
    if (pipeline_.active()) {
      VERNIER_TRY(times_.check_unused("--pipeline keeps one process"));
      return pipeline_.execute(console, models_, options_, output_.json);
    }
    options_.progress = [&console](const BenchProgress& progress) {
      console.progress(
          fmt::format("{} {} {:.0f} %", progress.stage, progress.label, progress.fraction * 100.0));
    };
    VERNIER_ASSIGN(const std::vector<std::string> report_files, plan_report_files());
    VERNIER_TRY(exports_.open(console, models_));
    for (std::size_t i = 0; i < models_.size(); ++i) {
      options_.report = report_files[i];
      auto report = bench(models_[i], options_);
      if (!report) {
        const Errc code = report.error().code;
        const bool ends_all =
            models_.size() == 1 || code == Errc::usage || code == Errc::interrupted;
        if (ends_all) return std::move(report).error();
        Error error = std::move(report).error();
        if (error.where.model.empty()) error.where.model = models_[i];
        note_failure(console, error);
        documents_.push_back(error_to_json(error));
        continue;
      }
      print(console, *report);
      VERNIER_TRY(exports_.write(console, report->json, i));
      interrupted_ = report->interrupted;
      if (interrupted_) break;
      for (const BenchResult& result : report->results) {
        if (result.error) note_failure(console, *result.error);
      }
      cells_ += report->results.size();
      if (require_agreement_ && !report->outputs_agree()) disagreed_ = true;
    }
    if (output_.json) console.result(json_text());
    return final_code(console);
  }

 private:
  /// One for each model; empty when no report is asked for.
  [[nodiscard]] Result<std::vector<std::string>> plan_report_files() const {
    std::vector<std::string> files(models_.size(), options_.report);
    if (models_.size() == 1 || options_.report.empty()) return files;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      files[i] = file_for_model(options_.report, models_[i]);
      if (!seen.insert(files[i]).second) {
        return usage_error("two of the models would have the report '" + files[i] +
                           "': measure them in separate calls");
      }
    }
    return files;
  }

  void note_failure(Console& console, const Error& error) {
    console.error_line(error);
    if (failures_++ == 0) first_failure_ = static_cast<int>(error.code);
  }

  /// One document: the report, or the list of them when there are several models.
  [[nodiscard]] std::string json_text() const {
    if (models_.size() == 1) return documents_.empty() ? "" : documents_.front();
    std::string text = "[\n";
    for (std::size_t i = 0; i < documents_.size(); ++i) {
      text += (i == 0 ? "" : ",\n") + documents_[i];
    }
    return text + "]\n";
  }

  [[nodiscard]] int final_code(Console& console) const {
    constexpr int kFailedCells = 10;
    if (interrupted_) return interrupt_exit_code();
    if (failures_ > 0) return cells_ == 1 ? first_failure_ : kFailedCells;
    if (!disagreed_) return 0;
    console.talk("the outputs of the engines do not agree");
    return 1;
  }

  Result<void> apply_lists() {
    VERNIER_ASSIGN(options_.batches, parse_integers("--batch", batches_, 1, std::int64_t{1} << 40));
    VERNIER_ASSIGN(const auto streams, parse_integers("--streams", streams_, 1, 64));
    options_.streams.assign(streams.begin(), streams.end());
    return {};
  }

  Result<void> apply_statistics() {
    if (!budget_.empty()) {
      VERNIER_ASSIGN(options_.budget_s, parse_seconds("--budget", budget_));
      if (options_.budget_s <= 0.0) return usage_error("--budget must be above 0");
    }
    if (!resolve_.empty()) {
      VERNIER_ASSIGN(options_.resolve, parse_share("--resolve", resolve_));
      if (options_.resolve <= 0.0) return usage_error("--resolve must be above 0");
    }
    if (!margin_.empty()) {
      VERNIER_ASSIGN(options_.margin, parse_share("--margin", margin_));
    }
    if (!max_rel_l2_.empty()) {
      VERNIER_ASSIGN(options_.max_rel_l2, parse_tolerance("--max-rel-l2", max_rel_l2_));
    }
    return {};
  }

  void print(Console& console, const BenchReport& report) {
    for (const std::string& source : report.input_sources) console.talk("input " + source);
    if (!report.assumed.empty()) {
      console.talk("free dimensions taken as " + join_dims(report.assumed) +
                   " (--dim NAME=N or --shape sets them)");
    }
    for (const std::string& note : report.notes) console.talk("note: " + note);
    say_validity(console, report);
    if (report.interrupted) console.talk("interrupted: these are the results until then");
    if (!options_.report.empty()) console.talk("wrote " + options_.report);
    if (output_.json) {
      documents_.push_back(report.json);
      return;
    }
    if (exports_.owns_stdout()) return;
    if (models_.size() > 1) console.result("\n" + console.bold(report.model) + "\n");
    console.result(results_text(report, console));
  }

  std::vector<std::string> models_;
  BenchOptions options_;
  MeasureFlags times_;
  std::vector<std::string> batches_;
  std::vector<std::string> streams_;
  bool require_agreement_ = false;
  PipelineFlags pipeline_;
  std::string seed_;
  std::string budget_;
  std::string resolve_;
  std::string margin_;
  std::string max_rel_l2_;
  ExportFlags exports_;
  SweepFlags flags_;
  OutputFlags output_;
  std::vector<std::string> documents_;  // with --json
  std::size_t cells_ = 0;               // engines that were measured, of all models
  int failures_ = 0;
  int first_failure_ = 0;
  bool disagreed_ = false;
  bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<Command> make_bench_command() { return std::make_unique<BenchCommand>(); }

}  // namespace vernier::cli
