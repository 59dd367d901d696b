#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/convert.h>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "parse.h"
#include "text.h"

namespace vernier::cli {
namespace {

constexpr std::size_t kListedNodes = 12;

std::string head_text(const ConvertReport& report) {
  Table table({"", ">before", ">after"});
  const auto bytes = [](std::uint64_t count) { return count > 0 ? human_bytes(count) : "-"; };
  table.add({"bytes", bytes(report.bytes_before), bytes(report.bytes_after)});
  table.add({"nodes", std::to_string(report.nodes_before), std::to_string(report.nodes_after)});
  table.add({"opset", std::to_string(report.opset_before), std::to_string(report.opset_after)});
  return table.text();
}

std::string steps_text(const ConvertReport& report) {
  std::string text;
  for (const ConvertStep& step : report.steps) {
    text += fmt::format("{}:\n", step.name);
    for (const std::string& note : step.notes) text += "  " + note + "\n";
  }
  return text;
}

std::string kept_text(const ConvertReport& report, bool all) {
  if (report.kept.empty()) return {};
  Table table({"stays fp32", "op", "why"});
  const std::size_t shown = all ? report.kept.size() : std::min(kListedNodes, report.kept.size());
  for (std::size_t i = 0; i < shown; ++i) {
    table.add({report.kept[i].node, report.kept[i].op, report.kept[i].reason});
  }
  std::string text = table.text();
  if (shown < report.kept.size()) {
    text += fmt::format("... and {} more (--nodes lists all)\n", report.kept.size() - shown);
  }
  return text;
}

std::string verification_text(const ConvertReport& report) {
  if (!report.verified) return "not verified: " + report.not_verified + "\n";
  Table table({"output", ">relative L2", ">tolerance", ""});
  for (const ConvertOutput& output : report.outputs) {
    table.add({output.name, fmt::format("{:.2e}", output.max_rel_l2),
               fmt::format("{:.0e}", output.tolerance),
               output.finite ? "" : "NaN or infinity that was not there before"});
  }
  return table.text() + fmt::format("{} over {} samples\n", report.agrees ? "verified" : "DIFFERS",
                                    report.samples);
}

class ConvertCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "convert"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Rewrite a model: precision, simplification, opset, inputs and outputs";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier convert model.onnx half.onnx --to fp16\n"
           "vernier convert model.onnx small.onnx --simplify --dim batch=1\n"
           "vernier convert model.onnx old.onnx --opset 13 --dry-run\n"
           "vernier convert model.onnx any.onnx --dynamic-batch\n"
           "vernier convert model.onnx u8.onnx --fold-preprocess imagenet\n"
           "vernier convert model.onnx head.onnx --output-tensor features --rename features=y";
  }
  void declare(CLI::App& app) override {
    app.add_option("IN", input_, "ONNX file")->required()->type_name("");
    app.add_option("OUT", output_path_, "file to write")->type_name("");
    app.add_option("--to", options_.to, "fp16, bf16 or fp32")->type_name("TYPE");
    app.add_flag("--simplify", options_.simplify, "fold constants, fuse, remove what does nothing");
    app.add_option("--opset", options_.opset, "of ai.onnx; default: the model's where possible")
        ->type_name("N")
        ->check(CLI::Range(1, 99));
    app.add_option("--keep", options_.keep, "--to: node or operator that stays fp32; repeatable")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--io", options_.io,
                   "--to: input or output that changes its type, too; repeatable; 'all' for all")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--output-tensor", options_.outputs, "end the model at this tensor; repeatable")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--input-tensor", options_.inputs, "begin the model at this tensor; repeatable")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option("--rename", rename_, "input or output; repeatable")
        ->type_name("OLD=NEW")
        ->allow_extra_args(false);
    app.add_option("--input-order", options_.input_order, "all inputs, as they shall come")
        ->type_name("NAME,...")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--output-order", options_.output_order, "all outputs, as they shall come")
        ->type_name("NAME,...")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_flag("--dynamic-batch", options_.dynamic_batch,
                 "any batch instead of the one the model was exported with")
        ->type_name("[=NAME]");
    app.add_option("--batch-input", batch_inputs_,
                   "--dynamic-batch: input that holds a batch, on axis 0 or AXIS; repeatable; "
                   "default: all, axis 0")
        ->type_name("NAME[=AXIS]")
        ->allow_extra_args(false);
    fold_preprocess_ =
        app.add_option(
               "--fold-preprocess", options_.fold_preprocess,
               "the model takes 8-bit pictures [N,H,W,3] and scales them itself: a preset, or "
               "scale=, mean=, std=, color=, resize=")
            ->type_name("PRESET|SPEC");
    auto* split = app.add_flag("--split-weights", split_, "weights into OUT.data beside the model");
    app.add_flag("--merge-weights", merge_, "weights into the model")->excludes(split);
    auto* verify = app.add_flag("--verify", verify_,
                                "run the model before and after and compare (default: unless the "
                                "weights take more than 1 GiB)");
    app.add_flag("--no-verify", no_verify_, "do not run the model")->excludes(verify);
    app.add_option("-i,--input", options_.data,
                   "inputs to look at, one file an inference (.npz, .npy, .png, .jpg); repeatable; "
                   "default: made up")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--preprocess", options_.preprocess, "how a picture becomes the input")
        ->type_name("NAME");
    app.add_option("--samples", options_.samples, "made-up inputs to look at (default 3)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000));
    app.add_option("--seed", seed_, "of made-up inputs")->type_name("N");
    app.add_option("--max-rel-l2", max_rel_l2_,
                   "of every output, before and after (default 1e-5, fp16 1e-2, bf16 5e-2)")
        ->type_name("X")
        ->check(CLI::NonNegativeNumber);
    app.add_flag("--dry-run", options_.dry_run, "say what would happen, write nothing");
    app.add_flag("--nodes", nodes_, "list every node that stays fp32");
    flags_.declare(app);
    flags_.sizes_go_into_file(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    VERNIER_TRY(read_options());
    VERNIER_ASSIGN(const ConvertReport report, convert_model(input_, output_path_, options_));
    if (output_.json) {
      console.result(to_json(report));
    } else {
      for (const std::string& note : report.notes) console.talk("note: " + note);
      console.result(head_text(report) + "\n" + steps_text(report) + kept_text(report, nodes_) +
                     verification_text(report));
      for (const std::string& pass : report.rolled_back) {
        console.talk("rewrite '" + pass + "' changed numbers and was left out");
      }
    }
    if (report.agrees) return 0;
    console.talk("nothing was written: the outputs differ by more than the tolerance");
    return 1;
  }

 private:
  /// What CLI11 stores for a flag without a value.
  static constexpr const char* kPlainFlag = "true";

  /// NAME or NAME=AXIS.
  static Result<std::pair<std::string, std::size_t>> parse_batch_input(const std::string& text) {
    const auto at = text.rfind('=');
    const std::string digits = at == std::string::npos ? "0" : text.substr(at + 1);
    const bool is_number = !digits.empty() && digits.size() < 3 &&
                           digits.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number) return usage_error("--batch-input: '" + text + "' is not NAME or NAME=AXIS");
    return std::pair(text.substr(0, at), static_cast<std::size_t>(std::stoul(digits)));
  }
  Result<void> read_options() {
    VERNIER_ASSIGN(options_.model, flags_.options());
    if (!seed_.empty()) {
      VERNIER_ASSIGN(options_.seed, parse_seed(seed_));
    }
    for (const std::string& text : rename_) {
      VERNIER_ASSIGN(auto pair, parse_pair("--rename", text));
      options_.rename.push_back(std::move(pair));
    }
    for (const std::string& text : batch_inputs_) {
      VERNIER_ASSIGN(auto input, parse_batch_input(text));
      options_.batch_inputs.push_back(std::move(input));
    }
    if (fold_preprocess_->count() > 0 && options_.fold_preprocess.empty()) {
      return usage_error("--fold-preprocess: a preset or values", "E-CONVERT-PREPROCESS");
    }
    if (options_.dynamic_batch == kPlainFlag) options_.dynamic_batch = "batch";
    if (options_.dynamic_batch.empty() && !batch_inputs_.empty()) {
      return usage_error("--batch-input goes with --dynamic-batch");
    }
    options_.all_io = std::find(options_.io.begin(), options_.io.end(), "all") != options_.io.end();
    if (options_.all_io) options_.io.clear();
    if (max_rel_l2_ >= 0.0) options_.max_rel_l2 = max_rel_l2_;
    if (split_) options_.external = ConvertOptions::External::split;
    if (merge_) options_.external = ConvertOptions::External::merge;
    if (verify_) options_.verify = ConvertOptions::Verify::always;
    if (no_verify_) options_.verify = ConvertOptions::Verify::never;
    const bool types = !options_.keep.empty() || !options_.io.empty() || options_.all_io;
    if (options_.to.empty() && types) return usage_error("--keep and --io go with --to");
    return {};
  }

  std::string input_;
  std::string output_path_;
  ConvertOptions options_;
  std::vector<std::string> rename_;
  std::vector<std::string> batch_inputs_;
  std::string seed_;
  double max_rel_l2_ = -1.0;
  bool verify_ = false;
  bool no_verify_ = false;
  CLI::Option* fold_preprocess_ = nullptr;
  bool split_ = false;
  bool merge_ = false;
  bool nodes_ = false;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_convert_command() { return std::make_unique<ConvertCommand>(); }

}  // namespace vernier::cli
