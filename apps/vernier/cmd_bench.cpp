#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/bench.h>
#include <vernier/vernier.h>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "export_flags.h"
#include "parse.h"
#include "signals.h"
#include "text.h"

namespace vernier::cli {
namespace {

std::string percentile_text(const PercentileFigure& figure) {
  return figure.value ? human_ns(static_cast<double>(*figure.value)) : "-";
}

std::string results_text(const BenchReport& report) {
  Table table({"engine", ">p50", ">p90", ">p99", ">per second", ">runs", ">peak memory", ">load",
               ">first"});
  for (const BenchResult& result : report.results) {
    if (result.n == 0) {
      table.add({result.label, "-", "-", "-", "-", "0"});
      continue;
    }
    table.add({result.label, percentile_text(result.p50), percentile_text(result.p90),
               percentile_text(result.p99),
               human_number(std::round(result.throughput_per_s * 10.0) / 10.0),
               std::to_string(result.n), human_bytes(result.peak_rss_bytes),
               human_ns(static_cast<double>(result.load_ns + result.prepare_ns)),
               human_ns(static_cast<double>(result.first_inference_ns))});
  }
  return table.text();
}

std::string comparison_text(const BenchComparison& row) {
  std::string text = row.contender + " against " + row.baseline + ": " + row.verdict;
  if (row.ratio) {
    text += fmt::format(", ratio {:.3f} (95 % interval {:.3f} to {:.3f})", *row.ratio, row.ci_low,
                        row.ci_high);
  }
  if (row.outputs_compared) {
    text += fmt::format("; outputs {} (relative L2 {:.2g})", row.outputs_agree ? "agree" : "DIFFER",
                        row.max_rel_l2);
  } else {
    text += "; outputs not compared";
  }
  if (!row.reason.empty()) text += ": " + row.reason;
  return escape_for_terminal(text) + "\n";
}

class BenchCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "bench"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Measure one or more engines on the same inputs";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier bench model.onnx\n"
           "vernier bench model.onnx --engine vernier --engine onnxruntime --report report.json\n"
           "vernier bench model.onnx --engine vernier:threads=1 --engine vernier:threads=4 --batch "
           "8\n"
           "vernier bench model.onnx --engine vernier --engine onnxruntime --require-agreement -q";
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
    app.add_option("--min-time", min_time_, "measured time of each engine, at least")
        ->type_name("S");
    app.add_option("--max-time", max_time_, "measured time of each engine, at most")
        ->type_name("S");
    app.add_option("--warmup", options_.warmup_runs, "runs before measuring, at least")
        ->type_name("N")
        ->check(CLI::Range(0, 1'000'000));
    app.add_option("--runs", options_.min_runs, "measured runs of each engine, at least")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000'000));
    app.add_option("--batch", options_.batch,
                   "size of the inputs' first dimension, where it is free")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
    app.add_option("-i,--input", options_.inputs, "as for vernier run; without: made-up inputs")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--preprocess", options_.preprocess, "how a picture becomes the input")
        ->type_name("NAME");
    app.add_option("--seed", options_.seed, "of made-up inputs and of the order of measuring")
        ->type_name("N");
    app.add_flag("--require-agreement", require_agreement_,
                 "exit with 1 when outputs differ from the first engine's");
    exports_.declare(app);
    flags_.declare(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_ASSIGN(options_.model, flags_.options());
    if (!min_time_.empty()) {
      VERNIER_ASSIGN(options_.min_time_s, parse_seconds("--min-time", min_time_));
    }
    if (!max_time_.empty()) {
      VERNIER_ASSIGN(options_.max_time_s, parse_seconds("--max-time", max_time_));
      if (min_time_.empty())
        options_.min_time_s = std::min(options_.min_time_s, options_.max_time_s);
    }
    if (options_.max_time_s < options_.min_time_s && !max_time_.empty()) {
      return usage_error("--max-time is below --min-time");
    }
    options_.command_line = console.command_line();
    options_.progress = [&console](const BenchProgress& progress) {
      console.progress(
          fmt::format("{} {} {:.0f} %", progress.stage, progress.label, progress.fraction * 100.0));
    };
    const std::string report_file = options_.report;
    VERNIER_TRY(exports_.open(console, models_));
    int code = 0;
    std::size_t index = 0;
    for (const std::string& model : models_) {
      if (models_.size() > 1 && !report_file.empty()) {
        options_.report = file_for_model(report_file, model);
      }
      VERNIER_ASSIGN(const BenchReport report, bench(model, options_));
      print(console, report);
      VERNIER_TRY(exports_.write(console, report.json, index++));
      if (report.interrupted) return interrupt_exit_code();
      for (const BenchResult& result : report.results) {
        if (result.error) return *result.error;
      }
      if (require_agreement_ && !report.outputs_agree()) {
        console.talk("the outputs of the engines do not agree");
        code = 1;
      }
    }
    return code;
  }

 private:
  void print(Console& console, const BenchReport& report) const {
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
      console.result(report.json);
      return;
    }
    if (exports_.owns_stdout()) return;
    if (models_.size() > 1) console.result("\n" + console.bold(report.model) + "\n");
    console.result(results_text(report));
    for (const BenchComparison& row : report.comparisons) console.result(comparison_text(row));
  }

  static void say_validity(Console& console, const BenchReport& report) {
    std::vector<std::string> said;
    for (const BenchResult& result : report.results) {
      for (const ValidityNote& note : result.validity) {
        if (note.status == "ok") continue;
        std::string line = note.id + ": " + note.observed;
        if (!note.remedy.empty()) line += "; " + note.remedy;
        if (std::find(said.begin(), said.end(), line) != said.end()) continue;
        said.push_back(line);
        console.talk(note.status + " (" + result.label + "): " + line);
      }
      for (const auto& [name, figure] : {std::pair("p90", &result.p90), {"p99", &result.p99}}) {
        if (!figure->value && result.n > 0 && !figure->reason.empty()) {
          console.talk(
              fmt::format("{} of {} is not shown: {}", name, result.label, figure->reason));
        }
      }
    }
  }

  std::vector<std::string> models_;
  BenchOptions options_;
  std::string min_time_;
  std::string max_time_;
  bool require_agreement_ = false;
  ExportFlags exports_;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_bench_command() { return std::make_unique<BenchCommand>(); }

}  // namespace vernier::cli
