#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/compare.h>
#include <vernier/vernier.h>

#include "command.h"
#include "common_flags.h"
#include "compare_text.h"
#include "console.h"
#include "export_flags.h"
#include "parse.h"
#include "signals.h"

namespace vernier::cli {
namespace {

bool is_report(const std::string& path) { return path.ends_with(".json"); }

class CompareCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "compare"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Compare two reports, one model on two engines, or two models";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier compare before.json after.json --max-regression 5%\n"
           "vernier compare after.json --baseline history/ --max-regression 5% --strict\n"
           "vernier compare model.onnx --engine vernier --engine onnxruntime --layers\n"
           "vernier compare model.onnx model-int8.onnx --max-rel-l2 0.05\n"
           "vernier compare model.onnx --baseline-git main --max-regression 5%";
  }
  void declare(CLI::App& app) override {
    app.add_option("TARGET", targets_,
                   "reports of vernier bench (.json) or ONNX files; the first is the baseline")
        ->required()
        ->expected(1, 2)
        ->type_name("");
    app.add_option("-e,--engine", options_.bench.engines,
                   "as for vernier bench; repeatable, the first is the baseline")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--baseline", baseline_,
                   "report to compare with, or a folder of reports: the newest that is comparable")
        ->type_name("PATH");
    app.add_option("--baseline-git", revision_,
                   "build this revision of vernier and measure it beside this program")
        ->type_name("REV");
    app.add_flag("--layers{first}", layers_,
                 "find the first node where the engines diverge; --layers=all lists every tensor");
    app.add_option("--max-regression", max_regression_,
                   "exit with 1 when it is slower by more than this (5%, 0.05)")
        ->type_name("SHARE");
    app.add_option("--max-rel-l2", max_rel_l2_,
                   "exit with 1 when an output's relative L2 difference is above this")
        ->type_name("X");
    app.add_option("--margin", margin_, "differences in speed below this count as none (1%)")
        ->type_name("SHARE");
    app.add_flag("--strict", strict_,
                 "exit with 11 when something is not comparable or inconclusive");
    app.add_flag("--no-speed", no_speed_, "compare outputs only");
    app.add_option("--task", options_.task, "detect: compare outputs as boxes too (YOLO heads)")
        ->type_name("NAME");
    app.add_option("--report", options_.bench.report, "write a JSON report of what was measured")
        ->type_name("FILE");
    times_.declare(app);
    app.add_option("--batch", batch_, "size of the inputs' first dimension, where it is free")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
    app.add_option("-i,--input", options_.bench.inputs,
                   "as for vernier run; without: made-up inputs")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--preprocess", options_.bench.preprocess, "how a picture becomes the input")
        ->type_name("NAME");
    app.add_option("--seed", seed_, "of made-up inputs and of the order of measuring")
        ->type_name("N");
    exports_.declare(app);
    flags_.declare(app);
    output_.declare(app);
  }

  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_TRY(read_flags(console));
    VERNIER_TRY(exports_.open(console));
    VERNIER_ASSIGN(const CompareReport report, compare(console));
    for (const std::string& note : report.notes) console.talk("note: " + note);
    if (report.bench) {
      for (const std::string& source : report.bench->input_sources) {
        console.talk("input " + source);
      }
      for (const std::string& note : report.bench->notes) console.talk("note: " + note);
    }
    if (!options_.bench.report.empty()) console.talk("wrote " + options_.bench.report);
    if (!report.report_json.empty()) VERNIER_TRY(exports_.write(console, report.report_json));
    if (output_.json || !exports_.owns_stdout()) {
      console.result(output_.json ? to_json(report) : compare_text(report));
    }
    if (report.interrupted) {
      console.talk("interrupted: these are the results until then");
      return interrupt_exit_code();
    }
    return report.exit_code(strict_);
  }

 private:
  Result<void> read_flags(Console& console) {
    BenchOptions& bench = options_.bench;
    VERNIER_ASSIGN(bench.model, flags_.options());
    VERNIER_TRY(times_.apply(bench));
    if (!max_regression_.empty()) {
      VERNIER_ASSIGN(options_.max_regression, parse_share("--max-regression", max_regression_));
    }
    if (!max_rel_l2_.empty()) {
      VERNIER_ASSIGN(options_.max_rel_l2, parse_tolerance("--max-rel-l2", max_rel_l2_));
    }
    if (!margin_.empty()) {
      VERNIER_ASSIGN(options_.margin, parse_share("--margin", margin_));
    }
    if (!layers_.empty() && layers_ != "first" && layers_ != "all") {
      return usage_error("--layers is '" + layers_ + "', not first or all");
    }
    options_.layers = layers_.empty()    ? LayerSearch::none
                      : layers_ == "all" ? LayerSearch::all
                                         : LayerSearch::first;
    options_.speed = !no_speed_;
    if (batch_ > 0) bench.batches = {batch_};
    if (!seed_.empty()) {
      VERNIER_ASSIGN(bench.seed, parse_seed(seed_));
    }
    bench.margin = options_.margin.value_or(bench.margin);
    bench.command_line = console.command_line();
    bench.progress = [&console](const BenchProgress& progress) {
      console.progress(
          fmt::format("{} {} {:.0f} %", progress.stage, progress.label, progress.fraction * 100.0));
    };
    return {};
  }

  Result<CompareReport> compare(Console& console) {
    const auto reports = std::count_if(targets_.begin(), targets_.end(), is_report);
    if (reports > 0 && reports < static_cast<std::ptrdiff_t>(targets_.size())) {
      return usage_error("a report cannot be compared with a model");
    }
    return reports > 0 ? compare_reports() : compare_measured(console);
  }

  Result<CompareReport> compare_reports() {
    if (!options_.bench.engines.empty() || !layers_.empty() || !revision_.empty() || no_speed_) {
      return usage_error(
          "reports are compared as they are: --engine, --layers, --no-speed and "
          "--baseline-git are for models");
    }
    VERNIER_TRY(times_.check_unused("reports are compared as they are"));
    if (targets_.size() == 2) {
      if (!baseline_.empty()) return usage_error("--baseline takes the place of the first report");
      return compare_report_files(targets_[0], targets_[1], options_);
    }
    if (baseline_.empty()) return show_report(targets_[0], options_);
    return compare_report_files(baseline_, targets_[0], options_);
  }

  Result<CompareReport> compare_measured(Console& console) {
    if (!baseline_.empty()) return usage_error("--baseline is for reports");
    if (targets_.size() == 2) {
      if (!revision_.empty()) return usage_error("--baseline-git compares one model");
      return compare_models(targets_[0], targets_[1], options_);
    }
    if (!revision_.empty()) VERNIER_TRY(use_revision(console));
    return compare_engines(targets_[0], options_);
  }

  /// The engine vernier twice: of the other build, and of this one.
  Result<void> use_revision(Console& console) {
    BenchOptions& bench = options_.bench;
    if (bench.engines.size() > 1) return usage_error("--baseline-git takes one --engine at most");
    const std::string engine = bench.engines.empty() ? std::string("vernier") : bench.engines[0];
    if (engine.substr(0, engine.find(':')) != "vernier") {
      return usage_error("--baseline-git is for the engine vernier");
    }
    console.talk("building " + revision_ + ", unless that was done before");
    VERNIER_ASSIGN(const GitBaseline built, build_git_baseline(revision_, interrupt_flag()));
    console.talk("the baseline is commit " + built.commit);
    bench.engines = {engine, engine};
    BenchVariant old;
    old.program = built.program;
    old.label = engine + " @ " + built.commit.substr(0, 12);
    bench.variants = {old};
    return {};
  }

  std::vector<std::string> targets_;
  CompareOptions options_;
  std::string baseline_;
  std::string revision_;
  std::string layers_;
  std::string max_regression_;
  std::string max_rel_l2_;
  std::string margin_;
  std::string seed_;
  std::int64_t batch_ = 0;
  MeasureFlags times_;
  bool strict_ = false;
  bool no_speed_ = false;
  ExportFlags exports_;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_compare_command() { return std::make_unique<CompareCommand>(); }

}  // namespace vernier::cli
