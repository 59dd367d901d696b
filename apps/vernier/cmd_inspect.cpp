#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <vernier/inspect.h>

#include <map>

#include "command.h"
#include "common_flags.h"
#include "console.h"
#include "text.h"

namespace vernier::cli {
namespace {

constexpr std::int64_t kMostSamples = 1'000'000;

std::string heading(const Console& console, std::string_view title) {
  return "\n" + console.bold(title) + "\n";
}

std::string file_text(const InspectReport& report) {
  Table table({"", ""});
  table.add({"file", fmt::format("{} ({})", report.path, human_bytes(report.file_bytes))});
  table.add({"sha256", report.sha256});
  std::string opsets;
  for (const auto& [domain, version] : report.opsets) {
    opsets += fmt::format("{}{} {}", opsets.empty() ? "" : ", ", domain, version);
  }
  table.add({"format", fmt::format("IR {}, opset {}", report.ir_version, opsets)});
  if (!report.producer.empty()) table.add({"producer", report.producer});
  for (const TensorDescription& input : report.inputs) {
    table.add({"input", input.name + "  " + to_text(input)});
  }
  for (const TensorDescription& output : report.outputs) {
    table.add({"output", output.name + "  " + to_text(output)});
  }
  if (report.refusal) return table.text();
  table.add({"parameters", fmt::format("{} ({})", human_count(report.parameter_count),
                                       human_bytes(report.parameter_bytes))});
  if (report.planned) {
    table.add({"MACs", fmt::format("{} ({})", human_count(report.macs), report.macs)});
  }
  return table.text();
}

std::string operators_text(const InspectReport& report) {
  std::vector<std::pair<std::string, std::int64_t>> sorted(report.operators.begin(),
                                                           report.operators.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  Table table({"", ">"});
  for (const auto& [name, count] : sorted) table.add({name, std::to_string(count)});
  return table.text(2);
}

std::string unsupported_text(const InspectReport& report) {
  Table table({"op", "domain", ">opset", ">nodes", "first node", "why"});
  for (const UnsupportedOp& op : report.unsupported) {
    table.add({op.op, op.domain, op.opset > 0 ? std::to_string(op.opset) : "",
               std::to_string(op.nodes), op.first_node, op.why});
  }
  return table.text(2);
}

std::string passes_text(const InspectReport& report) {
  Table table({"pass", ">applied", "blocked"});
  for (const PassInfo& pass : report.passes) {
    std::string blocked;
    for (const auto& [reason, count] : pass.blocked) {
      blocked += fmt::format("{}{}x {}", blocked.empty() ? "" : ", ", count, reason);
    }
    if (pass.applied > 0 || !blocked.empty()) {
      table.add({pass.name, std::to_string(pass.applied), blocked});
    }
  }
  return table.empty() ? "  nothing to rewrite\n" : table.text(2);
}

std::string memory_text(const MemoryPlan& memory) {
  Table table({"", ">", ""});
  table.add({"weights", human_bytes(memory.weights_bytes)});
  table.add({"constants", human_bytes(memory.constants_bytes)});
  table.add({"activations", human_bytes(memory.arena_bytes)});
  table.add({"peak", human_bytes(memory.peak_bytes),
             fmt::format("{} the limit of {}", memory.fits() ? "within" : "ABOVE",
                         human_bytes(memory.limit_bytes))});
  return table.text(2);
}

std::string placement_text(const InspectReport& report) {
  Table table({"", ">"});
  for (const auto& [backend, count] : report.placement.nodes) {
    table.add({backend, std::to_string(count) + " steps"});
  }
  std::string text = table.text(2);
  Table reasons({"", ">"});
  for (const auto& [reason, count] : report.placement.reasons) {
    reasons.add({reason, std::to_string(count) + "x"});
  }
  if (!reasons.empty()) text += "  not on the first backend:\n" + reasons.text(4);
  Table islands({"", ">"});
  for (const auto& [reason, count] : report.placement.float_islands) {
    islands.add({reason, std::to_string(count) + "x"});
  }
  if (!islands.empty()) text += "  in floats between quantized tensors:\n" + islands.text(4);
  return text;
}

std::string nodes_text(const InspectReport& report) {
  Table table({"node", "op", "backend", "kernel", "output", "why not the first backend"});
  for (const NodeInfo& node : report.nodes) {
    table.add({node.node.empty() ? "(copy)" : node.node, node.op, node.backend, node.kernel,
               node.output, node.reason});
  }
  return table.text(2);
}

/// What is not integer although quantized operands reach it, or lies between quantized tensors, and
/// the rules that these nodes break.
std::string fusion_text(const FusionReport& fusion) {
  std::string text = fmt::format(
      "  {} nodes: {} integer, {} float, {} float between quantized tensors (islands)\n",
      fusion.nodes.size(), fusion.integer, fusion.floating, fusion.island);
  Table nodes({"node", "op", "verdict", "rule"});
  std::map<std::string, const FusionNodeInfo*> rules;
  for (const FusionNodeInfo& node : fusion.nodes) {
    if (node.verdict != "island" && !(node.verdict == "float" && node.reached)) continue;
    nodes.add({node.node, node.op, node.verdict, node.rule});
    rules.emplace(node.rule, &node);
  }
  if (nodes.empty()) return text;
  text += nodes.text(2);
  for (const auto& [rule, node] : rules) {
    text += fmt::format("  {}: {}\n", rule, node->reason);
    if (!node->fix.empty()) text += fmt::format("    fix: {}\n", node->fix);
  }
  return text;
}

std::string saturation_text(const SaturationReport& report) {
  std::int64_t channels = 0;
  std::int64_t risky = 0;
  Table nodes({"node", "op", ">channels", ">at risk", ">worst pair", ">outputs changed", ">SQNR"});
  for (const SaturationNode& node : report.nodes) {
    channels += node.channels;
    risky += node.risky_channels;
    if (node.risky_channels == 0) continue;
    const double changed = 100.0 * static_cast<double>(node.changed) /
                           static_cast<double>(std::max<std::int64_t>(node.outputs, 1));
    nodes.add({node.node, node.op, std::to_string(node.channels),
               std::to_string(node.risky_channels), std::to_string(node.worst_pair),
               node.outputs > 0 ? fmt::format("{:.3f} %", changed) : "-",
               node.sqnr_db ? fmt::format("{:.1f} dB", *node.sqnr_db) : "-"});
  }
  std::string text = fmt::format(
      "  {} of {} channels in {} nodes have weights that can saturate (two of one sign above "
      "128)\n",
      risky, channels, report.nodes.size());
  if (risky == 0) return text;
  text += nodes.text(2);
  if (report.samples == 0) return text + "  --data shows what that does to the outputs\n";
  text += fmt::format("  outputs with saturation in all nodes, {} samples:\n", report.samples);
  Table outputs({"output", ">SQNR", ">same top-1"});
  for (const SaturationOutput& output : report.outputs) {
    outputs.add({output.name, fmt::format("{:.1f} dB", output.sqnr_db),
                 output.top1 ? fmt::format("{:.1f} %", 100.0 * *output.top1) : "-"});
  }
  return text + outputs.text(2);
}

class InspectCommand final : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "inspect"; }
  [[nodiscard]] std::string_view summary() const override {
    return "Show what a model needs and where it would run, before anything runs";
  }
  [[nodiscard]] std::string_view examples() const override {
    return "vernier inspect model.onnx\n"
           "vernier inspect model.onnx --dim batch=8 --nodes\n"
           "vernier inspect model.onnx --json | jq .plan.memory\n"
           "vernier inspect int8.onnx --target ort-cpu,openvino --max-islands 0\n"
           "vernier inspect int8.onnx --saturation --data pictures/ --preprocess imagenet";
  }
  void declare(CLI::App& app) override {
    app.add_option("MODEL", model_, "ONNX file")->required()->type_name("");
    app.add_flag("--nodes", nodes_, "list every step with its kernel");
    app.add_flag("--dump-plan", dump_plan_, "print the plan: steps, operands, memory offsets");
    app.add_option(
           "--target", targets_,
           "will it fuse? Predict which nodes a runtime runs on integers: ort-cpu, openvino, "
           "tensorrt, or a list")
        ->type_name("NAMES")
        ->delimiter(',');
    app.add_option("--max-islands", max_islands_,
                   "exit with 1 when a target has more float nodes between quantized tensors")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    auto* saturation = app.add_flag(
        "--saturation", saturation_,
        "what CPUs without VNNI make of an int8 model in runtimes whose 16-bit sums saturate");
    app.add_option("--data", saturation_options_.data,
                   "--saturation: samples to run, as for quantize")
        ->type_name("PATH")
        ->needs(saturation);
    app.add_option("--preprocess", saturation_options_.preprocess,
                   "--data: how a picture becomes the input")
        ->type_name("NAME")
        ->needs(saturation);
    app.add_option("--samples", saturation_options_.samples, "--data: at most so many (16)")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, kMostSamples))
        ->needs(saturation);
    flags_.declare(app);
    output_.declare(app);
  }
  Result<int> execute(Console& console) override {
    output_.apply(console);
    InspectOptions options;
    if (saturation_) options.saturation = saturation_options_;
    VERNIER_ASSIGN(options.model, flags_.options());
    options.nodes = nodes_;
    options.dump_plan = dump_plan_;
    options.targets = targets_;
    if (max_islands_ >= 0 && targets_.empty()) {
      return usage_error("--max-islands needs --target", "E-USAGE");
    }
    VERNIER_ASSIGN(const InspectReport report, inspect(model_, options));
    if (output_.json) {
      console.result(to_json(report));
    } else {
      print(console, report);
    }
    if (report.refusal) {
      console.error_line(*report.refusal);
      return static_cast<int>(report.refusal->code);
    }
    return within_limit(console, report) ? 0 : 1;
  }

 private:
  bool within_limit(Console& console, const InspectReport& report) const {
    bool within = true;
    for (const FusionReport& fusion : report.fusion) {
      if (max_islands_ < 0 || fusion.island <= max_islands_) continue;
      within = false;
      console.talk(
          fmt::format("{}: {} islands, {} allowed", fusion.target, fusion.island, max_islands_));
    }
    return within;
  }

  static void print_fusion(Console& console, const InspectReport& report) {
    for (const FusionReport& fusion : report.fusion) {
      console.result(heading(console, fmt::format("Will it fuse? ({})", fusion.target)));
      console.result(fusion_text(fusion));
    }
  }

  static void print(Console& console, const InspectReport& report) {
    console.result(file_text(report));
    if (!report.assumed.empty()) {
      console.talk("free dimensions taken as " + join_dims(report.assumed) +
                   " (--dim NAME=N or --shape sets them)");
    }
    for (const std::string& note : report.notes) console.talk("note: " + note);
    console.result(heading(console, fmt::format("Operators ({} nodes)", report.node_count)));
    console.result(operators_text(report));
    if (!report.unsupported.empty()) {
      console.result(heading(console, "Not supported"));
      console.result(unsupported_text(report));
      return;
    }
    print_fusion(console, report);
    if (report.saturation) {
      console.result(heading(console, "Saturation on CPUs without VNNI"));
      console.result(saturation_text(*report.saturation));
    }
    console.result(heading(console, "Rewrites"));
    console.result(passes_text(report));
    if (!report.planned) {
      console.talk("no plan for these sizes: " + report.plan_problem);
      return;
    }
    console.result(heading(console, "Planned memory"));
    console.result(memory_text(report.memory));
    console.result(
        heading(console, fmt::format("Placement ({}, {} threads)", report.isa, report.threads)));
    console.result(placement_text(report));
    if (!report.nodes.empty()) {
      console.result(heading(console, "Steps"));
      console.result(nodes_text(report));
    }
    if (!report.plan_text.empty()) {
      console.result(heading(console, "Plan"));
      console.result(report.plan_text);
    }
  }

  std::string model_;
  bool nodes_ = false;
  bool dump_plan_ = false;
  std::vector<std::string> targets_;
  std::int64_t max_islands_ = -1;
  bool saturation_ = false;
  SaturationOptions saturation_options_;
  ModelFlags flags_;
  OutputFlags output_;
};

}  // namespace

std::unique_ptr<Command> make_inspect_command() { return std::make_unique<InspectCommand>(); }

}  // namespace vernier::cli
