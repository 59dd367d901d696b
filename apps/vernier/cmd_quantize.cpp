#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/quantize.h>
#include <vernier/vernier.h>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "text.h"

namespace vernier::cli {
namespace {

constexpr std::int64_t kMostSamples = 1'000'000;

std::string summary_text(const QuantizeReport& report) {
  Table table({"output", ">SQNR", ">top-1 as fp32"});
  for (const QuantizedOutput& output : report.outputs) {
    table.add({output.name, fmt::format("{:.1f} dB", output.sqnr_db),
               output.top1_agreement ? fmt::format("{:.1f} %", *output.top1_agreement * 100.0)
                                     : std::string("-")});
  }
  std::string text = report.outputs.empty() ? std::string() : table.text() + "\n";
  text += fmt::format("{} of {} weighted nodes are int8; {} tensors quantized; {} -> {}\n",
                      report.quantized_nodes, report.weighted_nodes, report.tensors.size(),
                      human_bytes(report.bytes_before), human_bytes(report.bytes_after));
  if (report.floats.empty()) return text;
  Table floats({"float node", "operator", "because"});
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < std::min(kMost, report.floats.size()); ++i) {
    floats.add({report.floats[i].node, report.floats[i].op, report.floats[i].reason});
  }
  text += "\n" + floats.text();
  if (report.floats.size() > kMost) {
    text +=
        fmt::format("and {} more (--json or --report lists them)\n", report.floats.size() - kMost);
  }
  return text;
}

class QuantizeCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "quantize"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Make an INT8 model from a float one and samples";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier quantize model.onnx int8.onnx --data pictures/ --preprocess imagenet\n"
           "vernier quantize model.onnx int8.onnx --data samples.npz --target ort-cpu --report "
           "q.json\n"
           "vernier quantize model.onnx int8.onnx --data pictures/ --calibration-table t.npz "
           "--recipe r.txt\n"
           "vernier quantize model.onnx other.onnx --calibration-table t.npz --range entropy\n"
           "vernier quantize model.onnx int8.onnx --apply-recipe r.txt";
  }
  void declare(CLI::App& app) override {
    app.add_option("IN", input_, "ONNX file")->required()->type_name("");
    app.add_option("OUT", output_file_, "ONNX file to write")->required()->type_name("");
    app.add_option("--data", options_.data,
                   "samples: folder of pictures, .npy or .npz files; or an .npz file with samples "
                   "along the first axis")
        ->type_name("PATH");
    std::string presets = "how a picture becomes the input: ";
    for (const auto& [preset, text] : available_presets()) {
      presets += (presets.back() == ' ' ? "" : ", ") + preset;
    }
    app.add_option("--preprocess", options_.preprocess, presets)->type_name("NAME");
    app.add_option("--target", options_.target,
                   "whose integer kernels the file is for: vernier, ort-cpu, openvino, tensorrt")
        ->type_name("NAME");
    app.add_option("--range", options_.range,
                   "auto, mse, minmax, mean-minmax, moving-average, percentile[:P], entropy")
        ->type_name("METHOD");
    app.add_option("--samples", options_.samples, "for calibration; those that follow judge")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, kMostSamples));
    app.add_option("--judge", options_.judging_samples, "samples that judge the result")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{0}, kMostSamples));
    app.add_option("--bias-correction", options_.bias_correction,
                   "none, fast (from statistics), full (node by node; the default with --data)")
        ->type_name("KIND");
    app.add_flag("!--no-equalize", options_.equalize,
                 "leave channels as they are (they are scaled so that one step suits all)");
    app.add_option("--calibration-table", options_.calibration_table,
                   "statistics: written with --data, read without")
        ->type_name("FILE");
    app.add_option("--recipe", options_.recipe, "write every decision to a text file")
        ->type_name("FILE");
    app.add_option("--apply-recipe", options_.apply_recipe, "decide nothing, do as this file says")
        ->type_name("FILE");
    app.add_option("--exclude", options_.exclude, "nodes that stay float; repeatable")
        ->type_name("NODE")
        ->allow_extra_args(false);
    app.add_option("--report", options_.report, "write a JSON report")->type_name("FILE");
    flags_.declare(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_ASSIGN(options_.model, flags_.options());
    options_.progress = [&console](const std::string& text) { console.progress(text); };
    VERNIER_ASSIGN(const QuantizeReport report, quantize_model(input_, output_file_, options_));
    for (const std::string& note : report.notes) console.talk("note: " + note);
    if (!report.outputs.empty()) {
      console.talk(fmt::format("calibrated on {} samples, judged on {}{}", report.samples,
                               report.judged_samples, report.held_out ? " others" : " of them"));
    }
    console.talk("wrote " + report.output);
    if (output_.json) {
      console.result(to_json(report));
    } else {
      console.result(summary_text(report));
    }
    return 0;
  }

 private:
  std::string input_;
  std::string output_file_;
  QuantizeOptions options_;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_quantize_command() { return std::make_unique<QuantizeCommand>(); }

}  // namespace vernier::cli
