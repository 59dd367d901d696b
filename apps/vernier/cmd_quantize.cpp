#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/quantize.h>
#include <vernier/vernier.h>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "parse.h"
#include "text.h"

namespace vernier::cli {
namespace {

constexpr std::int64_t kMostSamples = 1'000'000;

std::string loss_text(const QuantizeReport& report) {
  if (!report.loss) return {};
  const QuantizeLoss& loss = *report.loss;
  // Scores of differences are negative and have no scale of their own.
  const bool shares = loss.fp32 > 0.0 || loss.quantized > 0.0;
  const std::string interval = fmt::format("(95 % interval {:.2f} to {:.2f} %, {} samples)",
                                           loss.low * 100.0, loss.high * 100.0, loss.samples);
  std::string text =
      shares ? fmt::format("{}: fp32 {:.2f} %, {} {:.2f} %, loss {:.2f} % {}\n", loss.metric,
                           loss.fp32 * 100.0,
                           report.weights_only.empty() ? "int8" : report.weights_only,
                           loss.quantized * 100.0, loss.drop * 100.0, interval)
             : fmt::format("{}: {:.2f} % {}\n", loss.metric, loss.drop * 100.0, interval);
  if (!report.max_drop) return text;
  text += fmt::format("at most {:.2f} % was asked for: {}\n", *report.max_drop * 100.0,
                      report.budget_met ? fmt::format("met, {} nodes were turned back to float",
                                                      report.reverted.size())
                                        : std::string("not met"));
  if (report.points.size() < 2) return text;
  Table table({">float nodes", ">of the time in int8", ">loss", "", ""});
  for (const QuantizePoint& point : report.points) {
    table.add({fmt::format("{}", point.float_nodes),
               fmt::format("{:.1f} %", point.integer_share * 100.0),
               fmt::format("{:.2f} %", point.drop * 100.0),
               fmt::format("(at most {:.2f} %)", point.high * 100.0),
               point.pareto ? "best of its kind" : ""});
  }
  return text + table.text();
}

std::string sensitivity_text(const QuantizeReport& report) {
  if (report.sensitivity.empty()) return {};
  constexpr std::size_t kMost = 10;
  Table table({"int8 alone", "operator", ">SQNR", ">fp32 time"});
  for (std::size_t i = 0; i < std::min(kMost, report.sensitivity.size()); ++i) {
    const QuantizeSensitivity& node = report.sensitivity[i];
    table.add({node.node, node.op, fmt::format("{:.1f} dB", node.sqnr_db),
               fmt::format("{:.1f} us", node.float_us)});
  }
  std::string text = "\n" + table.text();
  if (report.sensitivity.size() > kMost) {
    text += fmt::format("and {} more (--json or --report lists them)\n",
                        report.sensitivity.size() - kMost);
  }
  return text;
}

std::string summary_text(const QuantizeReport& report) {
  Table table({"output", ">SQNR", ">top-1 as fp32"});
  for (const QuantizedOutput& output : report.outputs) {
    table.add({output.name, fmt::format("{:.1f} dB", output.sqnr_db),
               output.top1_agreement ? fmt::format("{:.1f} %", *output.top1_agreement * 100.0)
                                     : std::string("-")});
  }
  std::string text = report.outputs.empty() ? std::string() : table.text() + "\n";
  for (const QuantizeCause& cause : report.causes) {
    text += fmt::format("{}{} alone: {:.1f} dB", text.ends_with('\n') ? "" : ", ", cause.cause,
                        cause.sqnr_db);
  }
  if (!report.causes.empty()) text += "\n";
  if (!report.first_broken.empty()) {
    text += fmt::format("first tensor below 10 dB: {}\n", report.first_broken);
  }
  if (!report.weights_only.empty()) {
    text +=
        fmt::format("{} of {} weighted nodes have {} weights ({}); {} -> {}\n",
                    report.quantized_nodes, report.weighted_nodes, report.weights_only, report.form,
                    human_bytes(report.bytes_before), human_bytes(report.bytes_after));
  } else if (report.budget_met) {
    text += fmt::format("{} of {} weighted nodes are int8; {} tensors quantized; {} -> {}\n",
                        report.quantized_nodes, report.weighted_nodes, report.tensors.size(),
                        human_bytes(report.bytes_before), human_bytes(report.bytes_after));
  }
  text += loss_text(report) + sensitivity_text(report);
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
    return "Make an INT8 model of a float one and samples, or of an INT8 one for another target";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier quantize model.onnx int8.onnx --data pictures/ --preprocess imagenet\n"
           "vernier quantize model.onnx int8.onnx --data pictures/ --labels true.csv --max-drop "
           "0.5%\n"
           "vernier quantize model.onnx int8.onnx --data samples.npz --target ort-cpu --report "
           "q.json\n"
           "vernier quantize model.onnx int8.onnx --data pictures/ --calibration-table t.npz "
           "--recipe r.txt\n"
           "vernier quantize model.onnx other.onnx --calibration-table t.npz --range entropy\n"
           "vernier quantize model.onnx int8.onnx --apply-recipe r.txt\n"
           "vernier quantize int8.onnx other.onnx --target openvino\n"
           "vernier quantize model.onnx int4.onnx --weights-only int4 --block 64";
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
    app.add_option("--judge", judge_, "samples that judge the result (50; with --max-drop 300)")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{0}, kMostSamples));
    app.add_option("--labels", options_.labels,
                   "true classes: .npy of integers, or lines of 'class' or 'name,class'")
        ->type_name("FILE");
    app.add_option("--metric", options_.metric,
                   "what is judged: auto, agreement (with fp32), accuracy (with --labels), map50, "
                   "rel-l2")
        ->type_name("NAME");
    app.add_option("--max-drop", max_drop_,
                   "turn nodes back to float until no more than this is lost (0.5%, 0.005); exit "
                   "with 1 when that is impossible")
        ->type_name("SHARE");
    app.add_flag("--sensitivity", options_.sensitivity,
                 "quantize every node alone and list what it costs");
    app.add_option("--rounding", options_.rounding,
                   "nearest, or gram: so that outputs change least on the samples (the default "
                   "with --data)")
        ->type_name("KIND");
    app.add_option("--bias-correction", options_.bias_correction,
                   "none, fast (from statistics), full (node by node; the default with --data)")
        ->type_name("KIND");
    app.add_flag("--no-equalize", no_equalize_,
                 "leave channels as they are (they are scaled so that one step suits all)");
    app.add_flag("--saturation-safe", options_.saturation_safe,
                 "weights whose products cannot saturate on CPUs without VNNI");
    app.add_option("--calibration-table", options_.calibration_table,
                   "statistics: written with --data, read without")
        ->type_name("FILE");
    app.add_option("--recipe", options_.recipe, "write every decision to a text file")
        ->type_name("FILE");
    app.add_option("--apply-recipe", options_.apply_recipe, "decide nothing, do as this file says")
        ->type_name("FILE");
    app.add_option("--weights-only", options_.weights_only,
                   "int4 or int8: weights become integers in blocks, activations stay float")
        ->type_name("TYPE");
    app.add_option("--block", block_,
                   "weights under one scale: 16 to 256 (32); 0 with int8: one scale a channel")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{256}));
    app.add_option("--form", options_.form,
                   "of integer weights: qdq (DequantizeLinear in front) or matmulnbits "
                   "(com.microsoft)")
        ->type_name("FORM");
    app.add_flag("--zero-points", options_.zero_points,
                 "blocks of unsigned integers with zero points");
    app.add_option("--exclude", options_.exclude, "nodes that stay float; repeatable")
        ->type_name("NODE")
        ->allow_extra_args(false);
    app.add_option("--report", options_.report, "write a JSON report")->type_name("FILE");
    flags_.declare(app);
    flags_.sizes_go_into_file(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_ASSIGN(options_.model, flags_.options());
    options_.equalize = !no_equalize_;
    if (judge_ >= 0) options_.judging_samples = judge_;
    if (block_ >= 0) options_.block = block_;
    if (!max_drop_.empty()) {
      VERNIER_ASSIGN(options_.max_drop, parse_share("--max-drop", max_drop_));
    }
    options_.progress = [&console](const std::string& text) { console.progress(text); };
    VERNIER_ASSIGN(const QuantizeReport report, quantize_model(input_, output_file_, options_));
    for (const std::string& warning : report.warnings) console.talk("warning: " + warning);
    for (const std::string& note : report.notes) console.talk("note: " + note);
    if (!report.outputs.empty() && report.weights_only.empty()) {
      console.talk(fmt::format("calibrated on {} samples, judged on {}{}", report.samples,
                               report.judged_samples, report.held_out ? " others" : " of them"));
    }
    if (report.budget_met) console.talk("wrote " + report.output);
    if (output_.json) {
      console.result(to_json(report));
    } else {
      console.result(summary_text(report));
    }
    if (report.budget_met) return 0;
    console.talk("nothing was written: no choice of float nodes that was tried keeps --max-drop");
    return 1;
  }

 private:
  std::string input_;
  std::string output_file_;
  std::int64_t judge_ = -1;
  std::int64_t block_ = -1;
  bool no_equalize_ = false;
  std::string max_drop_;
  QuantizeOptions options_;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_quantize_command() { return std::make_unique<QuantizeCommand>(); }

}  // namespace vernier::cli
