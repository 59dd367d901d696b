#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/run.h>
#include <vernier/vernier.h>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "parse.h"
#include "text.h"

namespace vernier::cli {
namespace {

std::string outputs_text(const RunReport& report, bool all_stats) {
  std::vector<std::string> header = {"output", "type", ">min", ">max", ">mean"};
  if (all_stats) header.insert(header.end(), {">stddev", ">zeros", ">nan", ">inf"});
  Table table(std::move(header));
  for (const RunOutput& output : report.outputs) {
    std::vector<std::string> row = {output.type.name, to_text(output.type)};
    if (output.stats) {
      const ValueStats& stats = *output.stats;
      for (const double figure : {stats.min, stats.max, stats.mean}) {
        row.push_back(human_number(figure));
      }
      if (all_stats) {
        row.push_back(human_number(stats.stddev));
        for (const std::int64_t count : {stats.zeros, stats.nan, stats.inf}) {
          row.push_back(std::to_string(count));
        }
      }
    }
    table.add(std::move(row));
  }
  return table.text();
}

std::string classes_text(const RunReport& report) {
  std::string text;
  for (std::size_t i = 0; i < report.topk.size(); ++i) {
    Table table({">", ">", ""});
    for (const RankedClass& entry : report.topk[i]) {
      table.add({std::to_string(entry.index), fmt::format("{:.2f} %", entry.probability * 100.0),
                 entry.label});
    }
    text += report.topk.size() > 1 ? fmt::format("\nrow {}\n", i) : "\n";
    text += table.text(2);
  }
  return text;
}

std::string boxes_text(const RunReport& report) {
  if (!report.decoded) return {};
  if (report.boxes.empty()) return "\nno boxes\n";
  Table table({"class", ">score", ">x0", ">y0", ">x1", ">y1"});
  for (const DetectedBox& box : report.boxes) {
    table.add({box.label.empty() ? std::to_string(box.index) : box.label,
               fmt::format("{:.3f}", box.score), fmt::format("{:.1f}", box.x0),
               fmt::format("{:.1f}", box.y0), fmt::format("{:.1f}", box.x1),
               fmt::format("{:.1f}", box.y1)});
  }
  return "\n" + table.text(2);
}

std::string presets_text() {
  std::string text = "how a picture becomes the input: ";
  bool first = true;
  for (const auto& [name, summary] : available_presets()) {
    text += (first ? "" : ", ") + name;
    first = false;
  }
  return text;
}

class RunCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "run"; }
  [[nodiscard]] std::string_view summary() const override { return "Run one inference"; }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier run model.onnx\n"
           "vernier run classifier.onnx --input cat.jpg --preprocess imagenet --topk 5 --labels "
           "l.txt\n"
           "vernier run model.onnx --input x=a.npy --input mask=b.npz:mask --output out.npz\n"
           "vernier run yolov8.onnx --input street.jpg --preprocess yolo --decode yolo --draw "
           "out.png\n"
           "vernier run stream.onnx --input steps.npz --steps 200 --carry stateN=state --output "
           "o.npz";
  }
  void declare(CLI::App& app) override {
    app.add_option("MODEL", model_, "ONNX file")->required()->type_name("");
    app.add_option(
           "-i,--input", options_.inputs,
           "NAME=FILE or FILE: .npy, .npz, FILE.npz:MEMBER, .png, .jpg; repeatable; without: "
           "made-up inputs")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--seed", seed_, "of made-up inputs")->type_name("N");
    app.add_option("--preprocess", options_.preprocess, presets_text())->type_name("NAME");
    app.add_option("-o,--output", options_.output, "write the outputs to an .npz file")
        ->type_name("FILE");
    app.add_option("--topk", options_.topk, "show the best classes of the first output")
        ->type_name("K")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}));
    app.add_option("--labels", options_.labels, "class names, one a line")->type_name("FILE");
    app.add_option("--decode", options_.decode, "boxes from the first output: yolo")
        ->type_name("NAME");
    app.add_option("--min-score", options_.min_score, "of boxes")
        ->type_name("X")
        ->check(CLI::Range(0.0, 1.0));
    app.add_option("--draw", options_.draw, "write the picture with the boxes")->type_name("FILE");
    app.add_option("--steps", options_.steps,
                   "that many inferences; inputs with one more leading axis of that size are given "
                   "one entry a step, outputs are stacked")
        ->type_name("K")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
    app.add_option("--carry", carry_, "feed an output to an input of the next step; repeatable")
        ->type_name("OUT=IN")
        ->allow_extra_args(false);
    app.add_flag("--stats", stats_, "more figures of each output");
    flags_.declare(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_ASSIGN(options_.model, flags_.options());
    if (!seed_.empty()) {
      VERNIER_ASSIGN(options_.seed, parse_seed(seed_));
    }
    for (const std::string& text : carry_) {
      VERNIER_ASSIGN(auto pair, parse_pair("--carry", text));
      options_.carry.push_back(std::move(pair));
    }
    VERNIER_ASSIGN(const RunReport report, run_model(model_, options_));
    say_notes(console, report);
    if (output_.json) {
      console.result(to_json(report));
    } else {
      console.result(outputs_text(report, stats_) + classes_text(report) + boxes_text(report));
    }
    return 0;
  }

 private:
  static void say_notes(Console& console, const RunReport& report) {
    for (const RunInput& input : report.inputs) {
      console.talk(
          fmt::format("input {} {} from {}", input.type.name, to_text(input.type), input.source));
    }
    if (!report.assumed.empty()) {
      console.talk("free dimensions taken as " + join_dims(report.assumed) +
                   " (--dim NAME=N or --shape sets them)");
    }
    for (const std::string& note : report.notes) console.talk("note: " + note);
    if (!report.fallbacks.empty()) {
      console.talk(
          fmt::format("note: {} steps do not run on backend '{}' (vernier inspect lists them)",
                      report.fallbacks.size(), report.backend));
    }
    console.talk(
        fmt::format("loaded in {}, {} in {} ({}, {} thread{}), memory {} weights + {} activations",
                    human_ns(static_cast<double>(report.load_ns)),
                    report.steps == 1 ? "first inference" : fmt::format("{} steps", report.steps),
                    human_ns(static_cast<double>(report.run_ns)), report.isa, report.threads,
                    report.threads == 1 ? "" : "s", human_bytes(report.weights_bytes),
                    human_bytes(report.arena_bytes)));
    if (!report.output_file.empty()) console.talk("wrote " + report.output_file);
    if (!report.picture_file.empty()) console.talk("wrote " + report.picture_file);
  }

  std::string model_;
  RunOptions options_;
  std::string seed_;
  std::vector<std::string> carry_;
  bool stats_ = false;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_run_command() { return std::make_unique<RunCommand>(); }

}  // namespace vernier::cli
