#include "pipeline_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "console.h"
#include "signals.h"
#include "text.h"

namespace vernier::cli {
namespace {

constexpr std::size_t kNamedFailures = 5;

std::string figure_text(const PercentileFigure& figure) {
  return figure.value ? human_ns(static_cast<double>(*figure.value)) : "-";
}

std::string stages_text(const PipelineReport& report) {
  Table table({"stage", ">p50", ">p90", ">staged p50", ">staged p90", ">threads", ">busy"});
  for (const PipelineStageFigures& stage : report.stages) {
    table.add({stage.name, figure_text(stage.sequential_p50), figure_text(stage.sequential_p90),
               figure_text(stage.staged_p50), figure_text(stage.staged_p90),
               std::to_string(stage.threads), fmt::format("{:.0f} %", stage.busy * 100.0)});
  }
  return table.text();
}

std::string rate(double per_s) { return human_number(std::round(per_s * 100.0) / 100.0); }

std::string summary_text(const PipelineReport& report) {
  std::string text = fmt::format(
      "{} of {} items, {} pair(s) of passes: sequential {} per second, staged {} per "
      "second\n",
      report.items - static_cast<std::int64_t>(report.failed.size()), report.items, report.passes,
      rate(report.sequential_per_s), rate(report.staged_per_s));
  text += "staged against sequential: " + report.verdict;
  if (report.gain) {
    text += fmt::format(", ratio {:.3f}", *report.gain);
    if (report.gain_ci_low > 0.0) {
      text +=
          fmt::format(" (95 % interval {:.3f} to {:.3f})", report.gain_ci_low, report.gain_ci_high);
    }
  }
  if (!report.reason.empty()) text += ": " + report.reason;
  text += "\nqueues (most / bound):";
  for (const PipelineQueueFigures& queue : report.queues) {
    text += fmt::format(" after {} {}/{}", queue.after, queue.max_depth, queue.capacity);
  }
  text += fmt::format("; order {}; results {}", report.order_kept ? "kept" : "BROKEN",
                      report.results_equal ? "equal in every pass" : "DIFFER between passes");
  if (!report.bottleneck.empty()) text += "; bottleneck: " + report.bottleneck;
  return text + "\n";
}

void say_failures(Console& console, const PipelineReport& report) {
  for (std::size_t i = 0; i < std::min(report.failed.size(), kNamedFailures); ++i) {
    const PipelineFailedItem& row = report.failed[i];
    console.talk(
        escape_for_terminal(fmt::format("warning: item {} ({}) failed in {}: {} [{}]", row.index,
                                        row.item, row.stage, row.error.message, row.error.id)));
  }
  if (report.failed.size() > kNamedFailures) {
    console.talk(fmt::format("warning: {} more items failed; the report lists all",
                             report.failed.size() - kNamedFailures));
  }
}

}  // namespace

void PipelineFlags::declare(CLI::App& app) {
  app.add_option("--pipeline", options_.sources,
                 "pictures through all steps: a directory, a video, or pictures (repeatable); "
                 "measures decode, preprocess, inference and postprocess, in sequence and staged")
      ->type_name("PATH")
      ->allow_extra_args(false);
  own_.push_back(
      app.add_option("--queue", options_.queue, "--pipeline: items between two stages, at most")
          ->type_name("N")
          ->check(CLI::Range(std::int64_t{1}, std::int64_t{4096})));
  own_.push_back(app.add_option("--workers", options_.workers,
                                "--pipeline: threads that decode (files) and that preprocess, each")
                     ->type_name("N")
                     ->check(CLI::Range(1, 64)));
  own_.push_back(
      app.add_option("--passes", options_.passes, "--pipeline: over all items, of each kind")
          ->type_name("N")
          ->check(CLI::Range(1, 1000)));
  own_.push_back(app.add_option("--items", options_.items, "--pipeline: only the first N")
                     ->type_name("N")
                     ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40)));
  own_.push_back(
      app.add_option("--save-boxes", options_.save_boxes,
                     "--pipeline: write the pictures with their boxes here, in an untimed pass")
          ->type_name("DIR"));
  own_.push_back(app.add_option("--labels", options_.labels, "--save-boxes: file of class names")
                     ->type_name("FILE"));
  own_.push_back(
      app.add_flag("--allow-bad-items", allow_bad_items_,
                   "--pipeline: items that cannot be read are no failure of the command"));
}

Result<void> PipelineFlags::check_unused() const {
  for (const CLI::Option* option : own_) {
    if (!active() && option->count() > 0) {
      return usage_error(option->get_name() + " is for --pipeline");
    }
  }
  return {};
}

Result<int> PipelineFlags::execute(Console& console, const std::vector<std::string>& models,
                                   const BenchOptions& bench, bool json) {
  if (models.size() != 1) return usage_error("--pipeline takes one model");
  if (bench.engines.size() > 1) return usage_error("--pipeline takes one --engine");
  if (!bench.inputs.empty()) return usage_error("--pipeline and --input exclude each other");
  const bool lists = !bench.thread_counts.empty() || !bench.precisions.empty() ||
                     !bench.shape_sets.empty() || !bench.streams.empty() || !bench.batches.empty();
  if (lists) {
    return usage_error(
        "--pipeline gives one picture at a time to one engine: no lists, --batch or --streams");
  }
  options_.model = bench.model;
  if (!bench.engines.empty()) options_.engine = bench.engines.front();
  options_.preprocess = bench.preprocess;
  options_.seed = bench.seed;
  options_.report = bench.report;
  options_.command_line = bench.command_line;
  options_.progress = [&console](const BenchProgress& progress) {
    console.progress(fmt::format("{} pass {} {:.0f} %", progress.stage, progress.round + 1,
                                 progress.fraction * 100.0));
  };
  VERNIER_ASSIGN(const PipelineReport report, bench_pipeline(models.front(), options_));
  for (const std::string& note : report.notes) console.talk("note: " + note);
  say_failures(console, report);
  if (report.interrupted) console.talk("interrupted: these are the passes until then");
  if (!options_.report.empty()) console.talk("wrote " + options_.report);
  console.result(json ? report.json : stages_text(report) + "\n" + summary_text(report));
  if (report.interrupted) return interrupt_exit_code();
  if (report.failed.empty() || allow_bad_items_) return 0;
  Error error =
      invalid_data(std::to_string(report.failed.size()) + " of " + std::to_string(report.items) +
                       " items could not be processed; the others were measured",
                   "E-PIPELINE-ITEMS");
  error.hint = "--allow-bad-items accepts that";
  console.error_line(error);
  return static_cast<int>(error.code);
}

}  // namespace vernier::cli
