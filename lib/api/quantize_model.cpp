#include "api/quantize_model.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <utility>

#include "api/backends.h"
#include "api/output_files.h"
#include "api/settings.h"
#include "base/file.h"
#include "base/sha256.h"
#include "engine/inputs.h"
#include "engine/native_engine.h"
#include "graph/infer.h"
#include "onnx/export.h"
#include "onnx/import.h"
#include "passes/pipeline.h"
#include "passes/settle_branches.h"

namespace vernier {
namespace {

/// Rewrites whose result is a chain again that quantizers look into.
constexpr const char* kKeptApart[] = {"fuse_silu"};

/// Samples that judge.
constexpr std::int64_t kUsualJudging = 50;
constexpr std::int64_t kBudgetJudging = 300;

/// The sizes that the options name are those of the file that is written.
Result<void> fix_model_sizes(const ModelOptions& options, FloatModel& model) {
  Graph& graph = model.model.graph;
  VERNIER_ASSIGN(const auto fixed, fix_sizes(graph, options));
  if (!graph.bound) return {};
  std::string text;
  for (const std::string& input : fixed) text += (text.empty() ? "" : ", ") + input;
  if (!text.empty()) model.notes.push_back("sizes are fixed in the written file: " + text);
  VERNIER_TRY(infer_types(graph));
  VERNIER_ASSIGN(auto settled, settle_branches(graph, model.budget));
  for (std::string& line : settled) model.notes.push_back(std::move(line));
  return {};
}

/// Outputs and tensors below it are called broken.
constexpr double kBrokenDb = 10.0;
/// Classes that are the same so often make up for noise.
constexpr double kSameClasses = 0.95;

}  // namespace

Result<void> load_float_model(const std::string& path, const ModelOptions& options,
                              bool keep_integers, FloatModel& model,
                              std::optional<LiftReport>& lifted) {
  model.budget = make_memory_budget(options.max_memory_bytes);
  VERNIER_ASSIGN(const auto file, MappedFile::open(path));
  model.sha256 = sha256_hex(file->bytes());
  VERNIER_ASSIGN(model.bytes, model_file_bytes(path));
  onnx::ImportOptions import;
  import.budget = model.budget;
  VERNIER_ASSIGN(model.model, onnx::import_model(path, import));
  const EngineSettings settings = engine_settings(options);
  VERNIER_ASSIGN(model.native.backends, choose_backends(all_backends(), settings.backend));
  VERNIER_ASSIGN(model.native.lower.isa, effective_isa_tier());
  model.native.lower.threads = settings.threads;
  model.native.max_memory_bytes = settings.max_memory_bytes;
  VERNIER_ASSIGN(model.pool, ThreadPool::create(settings.threads));
  Graph& graph = model.model.graph;
  model.outputs = output_types(graph);
  VERNIER_TRY(fix_model_sizes(options, model));
  if (is_quantized(graph)) {
    VERNIER_ASSIGN(lifted, lift_quantization(graph, model.budget));
  }
  RewriteOptions pipeline;
  pipeline.set = PassSet::portable;
  pipeline.opset = std::max(model.model.opset_imports[""], 17);
  pipeline.budget = model.budget;
  if (keep_integers) pipeline.keep_ops = {"DequantizeLinear"};
  pipeline.disabled.assign(std::begin(kKeptApart), std::end(kKeptApart));
  for (const std::string& pass : options.disabled_passes) pipeline.disabled.push_back(pass);
  VERNIER_TRY(run_passes(graph, pipeline));
  name_all_nodes(graph);
  for (std::string& line : wrong_declarations(graph, model.outputs)) {
    model.notes.push_back(std::move(line));
  }
  model.inputs = with_uses(infos_of(graph, graph.inputs), graph);
  return {};
}

Result<QuantData> open_quant_data(const QuantizeOptions& options, const FloatModel& model,
                                  std::unique_ptr<SampleSource> made_up) {
  QuantData data;
  std::int64_t usual = options.max_drop ? kBudgetJudging : kUsualJudging;
  std::int64_t calibration = 0;
  if (made_up) {
    data.source = std::move(made_up);
    usual = data.source->count();
  } else {
    VERNIER_ASSIGN(data.source, open_samples(options.data, options.preprocess,
                                             folded_preprocess(model.model.metadata), model.inputs,
                                             model.budget));
    calibration = std::min(data.source->count(), options.samples);
  }
  const std::int64_t total = data.source->count();
  if (total == 0) {
    return invalid_data("'" + options.data + "' holds no samples", "E-CALIBRATION-DATA");
  }
  SampleSet& samples = data.samples;
  samples.source = data.source.get();
  samples.most_judged = std::max<std::int64_t>(options.judging_samples.value_or(usual), 0);
  const std::int64_t judging = std::min(total - calibration, samples.most_judged);
  for (std::int64_t i = 0; i < calibration; ++i) samples.calibration.push_back(i);
  for (std::int64_t i = 0; i < judging; ++i) samples.judging.push_back(calibration + i);
  samples.held_out = !samples.judging.empty();
  Labels labels;
  if (!options.labels.empty()) {
    VERNIER_ASSIGN(labels, read_labels(options.labels, *data.source, model.budget));
  }
  VERNIER_ASSIGN(data.scorer, Scorer::make(model.model.graph, options.metric, std::move(labels)));
  return data;
}

void judge_on_calibration(QuantData& data, QuantizeReport& report) {
  SampleSet& samples = data.samples;
  if (samples.held_out) return;
  samples.judging = samples.calibration;
  const auto most = static_cast<std::size_t>(samples.most_judged);
  if (samples.judging.size() > most) samples.judging.resize(most);
  if (samples.judging.empty()) return;
  report.notes.emplace_back(
      "judged on calibration samples, because there are no others beyond --samples");
}

Result<void> export_quantized(const FloatModel& from, Model& model, const std::string& what,
                              const std::string& path, QuantizeReport& report) {
  keep_declared_outputs(model.graph, from.outputs);
  model.metadata["vernier.quantized"] = what;
  onnx::ExportOptions exported;
  exported.producer_version = VERNIER_VERSION;
  exported.opset = 0;
  VERNIER_ASSIGN(const onnx::ExportSummary summary, onnx::export_model(model, path, exported));
  report.bytes_after = summary.bytes + summary.external_bytes;
  report.opset = summary.opset;
  return {};
}

std::string free_sizes_risk(const Graph& graph) {
  for (const Port& port : graph.inputs) {
    const ValueType& type = graph.value(port.value).type;
    const bool fixed = type.ranked && std::all_of(type.dims.begin(), type.dims.end(),
                                                  [](const Dim& dim) { return dim.is_known(); });
    if (fixed) continue;
    return "sizes are free (input '" + port.name + "' " + to_string(type) +
           "): OpenVINO 2026.4 computes wrong results for some quantized files until they are "
           "fixed; ";
  }
  return {};
}

void describe_lift(const LiftReport& lifted, QuantizeReport& report) {
  report.notes.emplace_back(
      "the model was quantized already: its integers were taken back to floats first");
  if (lifted.rectified > 0) {
    report.notes.push_back(std::to_string(lifted.rectified) +
                           " tensors that only their range kept above 0 got a Relu");
  }
  if (lifted.other_weights > 0) {
    report.notes.push_back(std::to_string(lifted.other_weights) +
                           " weights were not int8 with zero point 0 and are rounded anew");
  }
}

Result<void> check_labels(const QuantizeOptions& options, const Agreement& agreement) {
  if (options.labels.empty() || !agreement.scores.empty()) return {};
  return invalid_data("none of the " + std::to_string(agreement.samples) +
                          " judging samples (those after --samples) has a label",
                      "E-LABELS");
}

void describe_agreement(const Agreement& agreement, const Scorer& scorer, QuantizeReport& report) {
  report.judged_samples = agreement.samples;
  report.held_out = agreement.held_out;
  if (agreement.unreadable > 0) {
    report.notes.push_back(std::to_string(agreement.unreadable) +
                           " judging samples could not be read and were left out");
  }
  for (const OutputError& output : agreement.outputs) {
    report.outputs.push_back({output.name, output.sqnr_db, output.top1});
  }
  const auto scored = static_cast<std::int64_t>(agreement.scores.size());
  if (scored < agreement.samples) {
    report.notes.push_back(std::to_string(agreement.samples - scored) +
                           " judging samples have no label and were left out of the loss");
  }
  if (agreement.scores.empty()) return;
  const AccuracyDrop drop = accuracy_drop(agreement.scores);
  report.loss = QuantizeLoss{std::string(score_name(scorer.kind())),
                             drop.before,
                             drop.after,
                             drop.drop,
                             drop.low,
                             drop.high,
                             drop.samples};
  if (report.max_drop && report.budget_met && drop.high > *report.max_drop) {
    report.notes.push_back(
        "the judging samples are too few to be sure of --max-drop: the 95 % "
        "interval of the loss reaches beyond it (--judge)");
  }
}

bool is_broken(double sqnr_db) { return sqnr_db < kBrokenDb; }

void warn_of_noise(const std::string& advice, QuantizeReport& report) {
  if (report.max_drop) return;
  const QuantizedOutput* worst = nullptr;
  for (const QuantizedOutput& output : report.outputs) {
    const bool same_classes = output.top1_agreement.value_or(0.0) >= kSameClasses;
    if (!is_broken(output.sqnr_db) || same_classes) continue;
    if (worst == nullptr || output.sqnr_db < worst->sqnr_db) worst = &output;
  }
  if (worst == nullptr) return;
  std::array<char, 32> figure{};
  std::snprintf(figure.data(), figure.size(), "%.1f dB", worst->sqnr_db);
  std::string text = "output '" + worst->name + "' has an SQNR of " + figure.data() +
                     " on the judging samples: it is mostly noise";
  if (!report.first_broken.empty()) {
    text += ", which begins at tensor '" + report.first_broken + "'";
  }
  report.warnings.push_back(text + " (" + advice + ")");
}

}  // namespace vernier
