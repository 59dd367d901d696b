#include "api/quantize_weights.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "api/output_files.h"
#include "api/quantize_act.h"
#include "api/quantize_model.h"
#include "api/run_inputs.h"
#include "base/clock.h"
#include "base/file.h"
#include "engine/inputs.h"
#include "graph/infer.h"
#include "passes/pattern.h"
#include "passes/weight_only.h"
#include "quant/channel_walk.h"
#include "quant/tensor_stats.h"

namespace vernier {
namespace {

constexpr std::int64_t kMadeUpSamples = 8;
constexpr std::int64_t kUsualBlock = 32;
constexpr std::int64_t kTensorRtBlocks[] = {64, 128};

/// Made-up inputs, a seed a sample.
class NoiseSamples final : public SampleSource {
 public:
  NoiseSamples(std::vector<TensorInfo> inputs, std::shared_ptr<MemoryBudget> budget)
      : inputs_(std::move(inputs)), budget_(std::move(budget)) {}

  [[nodiscard]] std::int64_t count() const override { return kMadeUpSamples; }
  [[nodiscard]] std::string text() const override { return "seeded noise"; }
  [[nodiscard]] std::string name(std::int64_t index) const override {
    return "noise " + std::to_string(index);
  }
  Result<std::vector<Tensor>> load(std::int64_t index) override {
    InputRequest request;
    request.seed = static_cast<std::uint64_t>(index);
    VERNIER_ASSIGN(GatheredInputs gathered, gather_inputs(inputs_, request, budget_));
    std::vector<Tensor> tensors;
    for (NamedTensor& input : gathered.tensors) tensors.push_back(std::move(input.tensor));
    return tensors;
  }

 private:
  std::vector<TensorInfo> inputs_;
  std::shared_ptr<MemoryBudget> budget_;
};

/// Sums of squares along the last axis.
struct Moments {
  std::vector<double> squares;

  /// False: the sums are not finite any more, because an element is not.
  bool add(const TensorView& view) {
    if (view.dtype != DType::float32) return true;
    const ChannelWalk walk(view, -1);
    squares.resize(static_cast<std::size_t>(walk.channels), 0.0);
    walk.for_each_run(view, [&](const float* run, std::int64_t count, std::int64_t channel) {
      for (std::int64_t i = 0; i < count; ++i) {
        const auto x = static_cast<double>(run[i]);
        squares[static_cast<std::size_t>(walk.channels_inside ? i : channel)] += x * x;
      }
    });
    return std::all_of(squares.begin(), squares.end(), [](double x) { return std::isfinite(x); });
  }
};

/// "2 nodes: excluded; 1 node: its weight is small", most frequent first.
std::string why_floats(const std::vector<RecipeFloat>& floats) {
  if (floats.empty()) return "the model has no node with weights";
  std::map<std::string, int> counts;
  for (const RecipeFloat& node : floats) ++counts[node.reason];
  std::vector<std::pair<std::string, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [reason, count] : sorted) {
    text += (text.empty() ? "" : "; ") + std::to_string(count);
    text += (count == 1 ? " node: " : " nodes: ") + reason;
  }
  return text;
}

class WeightQuantization {
 public:
  WeightQuantization(const std::string& input, const std::string& output,
                     const QuantizeOptions& options)
      : input_(input), output_(output), options_(options) {}

  Result<QuantizeReport> run() {
    VERNIER_TRY(check_options());
    VERNIER_TRY(check_outputs());
    progress("reading " + input_);
    std::optional<LiftReport> lifted;
    VERNIER_TRY(load_float_model(input_, options_.model, true, model_, lifted));
    report_.notes = model_.notes;
    if (lifted) describe_lift(*lifted, report_);
    report_.bytes_before = model_.bytes;
    VERNIER_TRY(open_data());
    std::int64_t start = now_ns();
    if (!options_.data.empty()) VERNIER_TRY(collect_moments());
    report_.calibration_ns = now_ns() - start;
    start = now_ns();
    VERNIER_TRY(quantize());
    report_.rounding_ns = now_ns() - start;
    VERNIER_TRY(judge());
    VERNIER_TRY(write_model());
    describe();
    if (!options_.report.empty()) {
      VERNIER_TRY(write_text_file(options_.report, to_json(report_)));
    }
    return std::move(report_);
  }

 private:
  Result<void> check_options() {
    VERNIER_ASSIGN(target_,
                   find_quant_target(options_.target.empty() ? "vernier" : options_.target));
    const bool int4 = options_.weights_only == "int4";
    if (!int4 && options_.weights_only != "int8") {
      return usage_error("--weights-only: int4 or int8", "E-USAGE-WEIGHTS");
    }
    if (options_.model.precision != "fp32") {
      return usage_error("quantize makes integer weights; there is no other --precision");
    }
    if (!options_.form.empty() && options_.form != "qdq" && options_.form != "matmulnbits") {
      return usage_error("--form: qdq or matmulnbits", "E-USAGE-WEIGHTS");
    }
    weights_.form = options_.form == "matmulnbits" ? WeightForm::matmulnbits : WeightForm::qdq;
    const bool tensorrt = target_.name == "tensorrt";
    if (tensorrt && weights_.form == WeightForm::matmulnbits) {
      return usage_error("tensorrt does not know MatMulNBits: --form qdq", "E-USAGE-WEIGHTS");
    }
    if (tensorrt && options_.zero_points) {
      return usage_error("tensorrt takes no zero points", "E-USAGE-WEIGHTS");
    }
    VERNIER_TRY(check_block(int4, tensorrt));
    weights_.format.bits = int4 ? 4 : 8;
    weights_.format.grid = options_.zero_points ? BlockGrid::zero_points
                           : int4 && !tensorrt  ? BlockGrid::signed_scale
                                                : BlockGrid::positive_scale;
    weights_.whole_blocks = tensorrt;
    return check_unused();
  }

  Result<void> check_block(bool int4, bool tensorrt) {
    const std::int64_t usual = tensorrt ? kTensorRtBlocks[0] : kUsualBlock;
    const std::int64_t block = options_.block.value_or(usual);
    const bool power = block >= 16 && block <= 256 && (block & (block - 1)) == 0;
    if (block == 0 && (int4 || weights_.form == WeightForm::matmulnbits)) {
      return usage_error("--block 0 (one scale a channel) is for int8 in the qdq form",
                         "E-USAGE-WEIGHTS");
    }
    if (block == 0 && options_.zero_points) {
      return usage_error("--zero-points are those of blocks, and --block 0 has none",
                         "E-USAGE-WEIGHTS");
    }
    if (block != 0 && !power) {
      return usage_error("--block: a power of two from 16 to 256", "E-USAGE-WEIGHTS");
    }
    if (tensorrt && block != 0 && block != kTensorRtBlocks[0] && block != kTensorRtBlocks[1]) {
      return usage_error("tensorrt takes blocks of 64 or 128", "E-USAGE-WEIGHTS");
    }
    weights_.format.block = block;
    return {};
  }

  /// Options that decide about activations.
  Result<void> check_unused() const {
    const std::pair<const char*, bool> unused[] = {
        {"--range", options_.range != "auto"},
        {"--rounding", options_.rounding != "auto"},
        {"--bias-correction", options_.bias_correction != "auto"},
        {"--no-equalize", !options_.equalize},
        {"--saturation-safe", options_.saturation_safe},
        {"--max-drop", options_.max_drop.has_value()},
        {"--sensitivity", options_.sensitivity},
        {"--calibration-table", !options_.calibration_table.empty()},
        {"--recipe", !options_.recipe.empty()},
        {"--apply-recipe", !options_.apply_recipe.empty()}};
    for (const auto& [name, used] : unused) {
      if (used) {
        return usage_error(std::string(name) + " has no meaning with --weights-only",
                           "E-USAGE-WEIGHTS");
      }
    }
    if (options_.samples < 1) return usage_error("--samples must be at least 1");
    if (options_.data.empty() && !options_.labels.empty()) {
      return usage_error("--labels needs --data", "E-USAGE-DATA");
    }
    return {};
  }

  Result<void> check_outputs() const {
    const CommandFiles files{input_, output_, {options_.data, options_.labels}, {options_.report}};
    VERNIER_TRY(check_files(files));
    return check_writable(files);
  }

  Result<void> open_data() {
    std::unique_ptr<SampleSource> made_up;
    if (options_.data.empty()) {
      made_up = std::make_unique<NoiseSamples>(model_.inputs, model_.budget);
    }
    VERNIER_ASSIGN(data_, open_quant_data(options_, model_, std::move(made_up)));
    report_.data = data_.source->text();
    return {};
  }

  /// Mean squares of what the matrices multiply.
  Result<void> collect_moments() {
    const Graph& graph = model_.model.graph;
    weights_.exclude = options_.exclude;
    const std::vector<ValueId> wanted = weight_only_inputs(graph, weights_);  // sorted
    std::vector<ValueId> values;
    for (const ValueId id : wanted) {
      if (!graph.is_input(id)) values.push_back(id);
    }
    VERNIER_ASSIGN(auto probe,
                   ProbeModel::load(model_.model, values, model_.budget, model_.native));
    Runner runner(*model_.pool, std::move(probe));
    const auto all = static_cast<std::int64_t>(data_.samples.calibration.size());
    std::vector<std::int64_t> readable;
    for (const std::int64_t index : data_.samples.calibration) {
      auto sample = data_.source->load(index);
      if (!sample) {
        if (sample.error().code != Errc::invalid_data) return std::move(sample).error();
        report_.notes.push_back("left out " + data_.source->name(index) + ": " +
                                sample.error().message);
        ++report_.skipped_samples;
        continue;
      }
      const auto refuse = [&](ValueId id) {
        Error error = not_finite_error(graph.value(id).name, report_.samples + 1);
        error.message = data_.source->name(index) + ": " + error.message;
        return error;
      };
      for (std::size_t k = 0; k < graph.inputs.size(); ++k) {
        const ValueId id = graph.inputs[k].value;
        const bool kept = std::binary_search(wanted.begin(), wanted.end(), id);
        Moments unread;
        if (!(kept ? moments_[id] : unread).add((*sample)[k].view())) return refuse(id);
      }
      VERNIER_ASSIGN(ProbeRun * run, runner.start(std::move(sample).value()));
      while (true) {
        VERNIER_ASSIGN(const auto seen, run->next(runner.pool()));
        if (!seen) break;
        const ValueId id = values[seen->value];
        if (!moments_[id].add(seen->view)) return refuse(id);
      }
      readable.push_back(index);
      ++report_.samples;
      progress("looking at samples: " + std::to_string(report_.samples) + " of " +
               std::to_string(all));
    }
    data_.samples.calibration = std::move(readable);
    if (report_.samples > 0) return {};
    return invalid_data("'" + options_.data + "' holds no sample that can be read",
                        "E-CALIBRATION-DATA");
  }

  Result<void> quantize() {
    progress("quantizing weights");
    weights_.exclude = options_.exclude;
    weights_.budget = model_.budget;
    weights_.importance = [this](ValueId id) {
      const auto at = moments_.find(id);
      return at == moments_.end() ? std::vector<double>{} : at->second.squares;
    };
    weights_.split = [this](std::int64_t count, const WeightOnlyOptions::Work& work) {
      parallel_for(*model_.pool, count, [&](std::int64_t begin, std::int64_t end, int thread) {
        work(begin, end, thread);
      });
    };
    weights_.threads = model_.pool->thread_count();
    quantized_ = model_.model;
    VERNIER_ASSIGN(packed_, quantize_weights(quantized_.graph, weights_));
    if (packed_.weights.empty()) {
      return unsupported(
          "no weight can become " + options_.weights_only + ": " + why_floats(packed_.floats),
          "E-QUANT-NOTHING");
    }
    return {};
  }

  Result<void> judge() {
    judge_on_calibration(data_, report_);
    if (data_.samples.judging.empty()) return {};
    const std::int64_t start = now_ns();
    auto judged = judge_models(model_, quantized_, data_.samples, data_.scorer, options_.progress);
    report_.judging_ns = now_ns() - start;
    if (judged) {
      VERNIER_TRY(check_labels(options_, *judged));
      describe_agreement(*judged, data_.scorer, report_);
      if (!options_.data.empty()) {
        warn_of_noise(weights_.format.bits == 4 ? "--weights-only int8 or a smaller --block"
                                                : "--exclude NODE keeps a weight in float",
                      report_);
      }
      return {};
    }
    const bool fatal = judged.error().code == Errc::limit || judged.error().code == Errc::internal;
    if (fatal || !options_.data.empty()) return std::move(judged).error();
    report_.notes.push_back("the outputs were not compared, because made-up inputs do not do: " +
                            judged.error().message + " (--data, --shape)");
    return {};
  }

  Result<void> write_model() {
    progress("writing " + output_);
    return export_quantized(model_, quantized_, "weights " + options_.weights_only, output_,
                            report_);
  }

  void describe() {
    report_.input = input_;
    report_.output = output_;
    report_.target = target_.name;
    report_.range = "none";
    report_.rounding = options_.data.empty() ? "nearest" : "nearest, scales by mean squares";
    report_.bias_correction = "none";
    report_.weights_only = options_.weights_only;
    report_.form = weights_.form == WeightForm::qdq ? "qdq" : "matmulnbits";
    report_.weighted_nodes = static_cast<std::int64_t>(packed_.candidates);
    report_.quantized_nodes = static_cast<std::int64_t>(packed_.quantized);
    for (PackedWeightReport& weight : packed_.weights) {
      report_.weights.push_back({std::move(weight.name), std::move(weight.nodes),
                                 std::move(weight.dtype), weight.block, weight.sqnr_db,
                                 weight.bytes_before, weight.bytes_after});
    }
    for (const RecipeFloat& node : packed_.floats) {
      report_.floats.push_back({node.node, node.op, node.reason});
    }
    tell_of_convolutions();
    if (options_.data.empty() && !report_.outputs.empty()) {
      report_.notes.push_back(
          "the outputs were compared on made-up inputs, which say little about real ones (--data)");
    }
  }

  void tell_of_convolutions() {
    if (weights_.format.bits != 4) return;
    const Graph& graph = model_.model.graph;
    std::set<std::string> packed;
    for (const QuantizedWeight& weight : report_.weights) {
      packed.insert(weight.nodes.begin(), weight.nodes.end());
    }
    std::int64_t count = 0;
    for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!graph.alive(id) || !is_convolution(graph.node(id))) continue;
      if (packed.count(graph.node(id).name) != 0) ++count;
    }
    if (count == 0) return;
    report_.notes.push_back(std::to_string(count) +
                            (count == 1 ? " convolution has" : " convolutions have") +
                            " int8 weights, one scale a channel: 4 bits are for matrices");
  }

  void progress(const std::string& text) const {
    if (options_.progress) options_.progress(text);
  }

  std::string input_;
  std::string output_;
  QuantizeOptions options_;
  QuantTarget target_;
  WeightOnlyOptions weights_;
  FloatModel model_;
  QuantData data_;
  std::map<ValueId, Moments> moments_;
  Model quantized_;
  WeightOnlyReport packed_;
  QuantizeReport report_;
};

}  // namespace

Result<QuantizeReport> quantize_weights_only(const std::string& input, const std::string& output,
                                             const QuantizeOptions& options) {
  return WeightQuantization(input, output, options).run();
}

}  // namespace vernier
