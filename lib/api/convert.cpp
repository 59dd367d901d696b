#include "vernier/convert.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "api/backends.h"
#include "api/convert_accuracy.h"
#include "api/convert_batch.h"
#include "api/convert_facts.h"
#include "api/convert_pixels.h"
#include "api/convert_ports.h"
#include "api/convert_verify.h"
#include "api/cut_file.h"
#include "api/job.h"
#include "api/output_files.h"
#include "api/roll_back.h"
#include "api/settings.h"
#include "api/workshop.h"
#include "engine/inputs.h"
#include "engine/native_engine.h"
#include "engine/rounding_effects.h"
#include "engine/value_ranges.h"
#include "graph/infer.h"
#include "measure/agreement.h"
#include "onnx/export.h"
#include "onnx/extract.h"
#include "onnx/import.h"
#include "onnx/schema.h"
#include "passes/change_precision.h"
#include "passes/expand_operators.h"
#include "passes/passes.h"
#include "passes/pipeline.h"
#include "passes/settle_branches.h"
#include "passes/share_constants.h"
#include "report/export/text.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

/// Weights above this are not loaded for verification unless that is asked for.
constexpr std::uint64_t kVerifiedBytes = std::uint64_t{1} << 30U;
/// Relative L2 that fp16 and bf16 models can be expected to reach; beyond it nodes are kept in
/// fp32.
constexpr double kHalfGoal = 2e-3;
constexpr double kBfloatGoal = 2e-2;
constexpr double kGoalMargin = 0.5;    ///< for inputs that are not seen, and other engines
constexpr double kClearlyGood = 0.25;  ///< of the goal: nothing needs to be measured
constexpr double kRoundFactor = 0.7;   ///< further down than the aim, and again
constexpr int kRounds = 6;             ///< of choosing what stays fp32
constexpr double kHalfSize = 0.52;     ///< of the file; of its floats, where that is not enough
constexpr double kLastSize = 0.75;     ///< of floats, where the outputs differ otherwise

Result<void> check(const ConvertOptions& options, const std::string& input,
                   const std::string& output) {
  if (!options.to.empty() && options.to != "fp16" && options.to != "bf16" && options.to != "fp32") {
    return usage_error("--to: fp16, bf16 or fp32", "E-USAGE-PRECISION");
  }
  if (options.samples < 1) return usage_error("--samples must be at least 1");
  if (output.empty() && !options.dry_run) return usage_error("no output file is named");
  if (options.dry_run) return {};
  std::vector<std::string> read = options.data;
  for (std::string& text : read) text = input_file_of(text);
  const CommandFiles files{input, output, std::move(read), {}};
  VERNIER_TRY(check_files(files));
  return check_writable(files);
}

/// What is done to a graph before its types change.
enum class Rewrites : std::uint8_t {
  asked_for,
  fold_scales,  ///< that, and batch normalisations and scales into the weights before them
};

class Conversion {
 public:
  Conversion(std::string input, std::string output, ConvertOptions options,
             std::shared_ptr<ScratchList> scratch)
      : source_(std::move(input)),
        target_(std::move(output)),
        options_(std::move(options)),
        scratch_(std::move(scratch)) {}

  Result<ConvertReport> run() {
    VERNIER_TRY(check(options_, source_, target_));
    report_.input = source_;
    report_.output = options_.dry_run ? std::string() : target_;
    ScratchFolder scratch;  // of a dry run
    if (options_.dry_run) {
      VERNIER_ASSIGN(scratch, ScratchFolder::make_temporary("vernier-convert-", scratch_.get()));
    }
    VERNIER_ASSIGN(Workshop shop,
                   Workshop::open(options_.dry_run ? (scratch.path() / "x").string() : target_,
                                  scratch_.get()));
    shop_ = &shop;
    VERNIER_TRY(cut());
    VERNIER_TRY(read());
    VERNIER_TRY(prepare_inputs());
    const std::vector<std::string>& disabled = options_.model.disabled_passes;
    VERNIER_TRY(prepare(disabled, Rewrites::asked_for));
    VERNIER_TRY(finish({}));
    if (runs_ && becomes_half()) VERNIER_TRY(refine());
    if (runs_ && options_.to == "bf16" && report_.agrees) VERNIER_TRY(refine_values());
    if (!report_.agrees && options_.simplify) VERNIER_TRY(roll_back(disabled));
    if (!report_.agrees || options_.dry_run) return std::move(report_);
    VERNIER_TRY(shop.deliver(!report_.external_file.empty()));
    if (!report_.external_file.empty()) report_.external_file = target_ + ".data";
    return std::move(report_);
  }

 private:
  /// A cut model stands in for the source from here on.
  Result<void> cut() {
    model_path_ = source_;
    if (options_.outputs.empty() && options_.inputs.empty()) return {};
    VERNIER_ASSIGN(const auto extractor, onnx::ModelExtractor::open(source_));
    onnx::ExtractRequest request;
    request.outputs = options_.outputs.empty() ? extractor.outline().outputs : options_.outputs;
    request.inputs = options_.inputs;
    for (auto& [name, type] : infer_tensor_types(source_, {})) request.types.emplace(name, type);
    VERNIER_ASSIGN(model_path_, cut_file_.write(extractor, source_, request));
    report_.steps.push_back({"cut",
                             {std::to_string(cut_file_.summary().nodes) + " nodes, " +
                              std::to_string(cut_file_.summary().initializers) + " weights"}});
    return {};
  }

  Result<Model> import() const {
    onnx::ImportOptions options;
    options.budget = new_budget();
    return onnx::import_model(model_path_, options);
  }

  Result<void> read() {
    first_step_ = report_.steps.size();
    VERNIER_ASSIGN(original_, import());
    std::error_code ignored;
    weight_bytes_ = weight_bytes(original_.graph);
    has_value_info_ = declares_values(original_.graph);
    source_is_half_ = holds_halves(original_.graph);
    report_.bytes_before = std::max(fs::file_size(source_, ignored), weight_bytes_);
    model_bytes_ = std::max(fs::file_size(model_path_, ignored), weight_bytes_);
    report_.nodes_before = static_cast<std::int64_t>(original_.graph.node_count());
    report_.notes = original_.notes;
    const auto opset = original_.opset_imports.find("");
    report_.opset_before = opset == original_.opset_imports.end() ? 0 : opset->second;
    runs_ =
        options_.verify == ConvertOptions::Verify::always ||
        (options_.verify == ConvertOptions::Verify::automatic && weight_bytes_ <= kVerifiedBytes);
    if (options_.verify == ConvertOptions::Verify::never) report_.not_verified = "not asked for";
    if (!runs_ && report_.not_verified.empty()) {
      report_.not_verified = "the weights take more than 1 GiB; --verify does it all the same";
    }
    return {};
  }

  Result<void> prepare_inputs() {
    if (!runs_) return {};
    Model model = original_;
    VERNIER_TRY(fix_sizes(model.graph, options_.model));
    const auto ports = with_uses(infos_of(model.graph, model.graph.inputs), model.graph);
    std::size_t at_least = 0;
    if (!options_.dynamic_batch.empty()) {
      VERNIER_ASSIGN(const auto batched, choose_batch_inputs(model.graph, options_));
      trial_ = BatchTrial(model.graph, batched);
      if (trial_.active()) at_least = BatchTrial::kRuns;
    }
    InputSets before;
    if (options_.fold_preprocess.empty()) {
      VERNIER_ASSIGN(inputs_, conversion_inputs(ports, options_,
                                                folded_preprocess(original_.metadata), at_least));
    } else {
      VERNIER_ASSIGN(const auto folding, plan_pixel_folding(model.graph, options_.fold_preprocess));
      VERNIER_ASSIGN(FoldedInputs sets, folded_inputs(ports, folding, options_, at_least));
      inputs_ = std::move(sets.after);
      before = std::move(sets.before);
    }
    if (trial_.active()) trial_.share_others(inputs_);
    if (before.empty()) before = inputs_;
    if (trial_.active()) trial_.share_others(before);
    VERNIER_TRY(check_finite(before));
    VERNIER_ASSIGN(before_, run_original(model_path_, options_, original_as(), before));
    originals_ = std::move(before);
    return {};
  }

  /// The rewritten graph from which `finish` starts, as often as need be.
  Result<void> prepare(const std::vector<std::string>& disabled, Rewrites rewrites) {
    report_.steps.resize(first_step_);
    prepared_ = original_;
    // A branch of an If that the sizes do not fit is never taken.
    VERNIER_TRY(fix_sizes(prepared_.graph, options_.model));
    clone_bodies(prepared_.graph);
    VERNIER_TRY(infer_types(prepared_.graph));
    if (prepared_.graph.bound) VERNIER_TRY(settle());
    std::vector<ValueType> declared = output_types(original_.graph);
    keep_declared_outputs(prepared_.graph, declared);
    if (!options_.dynamic_batch.empty()) {
      VERNIER_ASSIGN(const auto batched, choose_batch_inputs(prepared_.graph, options_));
      VERNIER_ASSIGN(const auto axes, free_batch(prepared_.graph, batched, options_, report_));
      trial_.set_outputs(prepared_.graph, axes);
      if (!batched.empty()) declared = output_types(prepared_.graph);
    }
    if (!options_.fold_preprocess.empty()) {
      VERNIER_ASSIGN(const auto folding,
                     plan_pixel_folding(prepared_.graph, options_.fold_preprocess));
      VERNIER_TRY(fold_preprocess(prepared_, folding, report_, new_budget()));
    }
    if (options_.simplify) VERNIER_TRY(simplify(disabled));
    if (options_.opset >= onnx::kOldestOpset) VERNIER_TRY(expand());
    if (becomes_half()) share_constants(prepared_.graph);
    if (rewrites == Rewrites::fold_scales) VERNIER_TRY(fold_scales(disabled));
    keep_declared_outputs(prepared_.graph, declared);
    prepared_steps_ = report_.steps.size();
    ranges_.clear();
    if (!runs_ || options_.to != "fp16") return {};
    VERNIER_ASSIGN(const TrialOptions trial, trial_options());
    VERNIER_ASSIGN(ranges_, see_ranges(prepared_, chosen_inputs(), trial));
    return {};
  }

  /// Operators that the wanted opset does not have yet.
  Result<void> expand() {
    VERNIER_ASSIGN(auto notes, expand_operators(prepared_.graph, options_.opset, new_budget()));
    if (!notes.empty()) report_.steps.push_back({"expand operators", std::move(notes)});
    return {};
  }

  Result<void> settle() {
    VERNIER_ASSIGN(auto notes, settle_branches(prepared_.graph, new_budget()));
    if (!notes.empty()) report_.steps.push_back({"branches", std::move(notes)});
    return {};
  }

  [[nodiscard]] std::shared_ptr<MemoryBudget> new_budget() const {
    return make_memory_budget(options_.model.max_memory_bytes);
  }

  /// From the prepared graph to a verified file in the workshop; `exact` values stay fp32.
  Result<void> finish(const std::set<PlacedValue>& exact) {
    report_.steps.resize(prepared_steps_);
    exact_ = exact;
    Model model = prepared_;
    onnx::ExportOptions exported;
    exported.producer_version = VERNIER_VERSION;
    exported.opset = options_.opset;
    exported.value_info = has_value_info_;
    VERNIER_TRY(change_types(model, exact, exported));
    VERNIER_TRY(arrange_ports(model.graph, options_, report_));
    rename_folded_input(options_.rename, model.metadata);
    exported.external = options_.external == ConvertOptions::External::split
                            ? onnx::ExportOptions::External::always
                        : options_.external == ConvertOptions::External::merge
                            ? onnx::ExportOptions::External::never
                            : onnx::ExportOptions::External::automatic;
    VERNIER_TRY(check_opset(model, exported));
    report_.nodes_after = static_cast<std::int64_t>(model.graph.node_count());
    if (options_.dry_run && !runs_) return {};
    VERNIER_ASSIGN(const auto summary, onnx::export_model(model, shop_->file(), exported));
    written_bytes_ = summary.bytes + summary.external_bytes;
    report_.nodes_after = static_cast<std::int64_t>(summary.nodes);
    report_.bytes_after = options_.dry_run ? 0 : written_bytes_;
    report_.external_file = summary.external_file;
    report_.ir_version = summary.ir_version;
    if (!runs_) return {};
    return verify();
  }

  Result<void> verify() {
    VERNIER_ASSIGN(auto after,
                   run_sets(shop_->file(), options_, result_as(), inputs_, options_.rename));
    InputSets before = before_;
    if (trial_.active()) {
      const auto budget = new_budget();
      VERNIER_ASSIGN(auto joined, trial_.join(inputs_, budget));
      VERNIER_ASSIGN(const auto outputs, run_sets(shop_->file(), options_, result_as(),
                                                  {std::move(joined)}, options_.rename));
      VERNIER_ASSIGN(auto rows, trial_.split(outputs.front(), options_.rename, budget));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        after.push_back(std::move(rows[i]));
        before.push_back(before_[i]);
      }
    }
    worst_set_ = judge_conversion(before, after, tolerance(), options_.rename, report_);
    if (!report_.agrees && !noise_ && result_as() == RunAs::written && !options_.max_rel_l2) {
      VERNIER_ASSIGN(noise_,
                     rounding_noise(model_path_, options_, original_as(), originals_, before_));
      worst_set_ = judge_conversion(before, after, tolerance(), options_.rename, report_);
    }
    report_.samples = static_cast<int>(inputs_.size());
    return {};
  }

  /// Without those that only fill a batch up.
  [[nodiscard]] std::span<const std::vector<NamedTensor>> chosen_inputs() const {
    return std::span(inputs_).first(count_inputs(options_, 0));
  }

  /// A rewrite that the engine makes too would be compared with itself, so models run as they are
  /// written; but half types, which then round after every node, are run as users will.
  [[nodiscard]] RunAs original_as() const {
    return source_is_half_ ? RunAs::rewritten : RunAs::written;
  }
  [[nodiscard]] RunAs result_as() const {
    return becomes_half() ? RunAs::rewritten : original_as();
  }
  [[nodiscard]] bool becomes_half() const { return options_.to == "fp16" || options_.to == "bf16"; }

  [[nodiscard]] Tolerance tolerance() const {
    return conversion_tolerance(options_, noise_.value_or(OutputNoise()));
  }

  [[nodiscard]] RewriteOptions pass_options(const std::vector<std::string>& disabled) const {
    RewriteOptions pipeline;
    pipeline.set = PassSet::portable;
    pipeline.opset = options_.opset != 0 ? options_.opset : report_.opset_before;
    pipeline.budget = new_budget();
    pipeline.disabled = disabled;
    pipeline.keep_ops = {"DequantizeLinear"};  // integer weights stay so
    return pipeline;
  }

  void note_passes(std::string name, const RewriteReport& done) {
    ConvertStep step{std::move(name), {}};
    applied_.clear();
    for (const PassReport& pass : done.passes) {
      if (pass.applied == 0) continue;
      applied_.push_back(pass.name);
      step.notes.push_back(pass.name + ": " + std::to_string(pass.applied));
    }
    report_.steps.push_back(std::move(step));
  }

  Result<void> simplify(const std::vector<std::string>& disabled) {
    VERNIER_ASSIGN(const RewriteReport done, run_passes(prepared_.graph, pass_options(disabled)));
    note_passes("simplify", done);
    return {};
  }

  /// Scales and shifts go into the weights before them: what is not there is not rounded.
  Result<void> fold_scales(const std::vector<std::string>& disabled) {
    const Pass* const passes[] = {&fuse_conv_batch_norm_pass(), &fuse_conv_scale_pass()};
    VERNIER_ASSIGN(const RewriteReport done,
                   run_passes(prepared_.graph, passes, pass_options(disabled)));
    note_passes("fold scales", done);
    if (applied_.empty()) report_.steps.pop_back();
    return {};
  }

  Result<TrialOptions> trial_options() {
    VERNIER_ASSIGN(backends_, choose_backends(all_backends(), options_.model.backend));
    TrialOptions trial;
    trial.backends = backends_;
    trial.threads = engine_settings(options_.model).threads;
    trial.max_memory_bytes = options_.model.max_memory_bytes;
    return trial;
  }

  [[nodiscard]] double worst_output() const {
    double worst = 0.0;
    for (const ConvertOutput& output : report_.outputs) {
      worst = std::max(worst, output.max_rel_l2);
    }
    return worst;
  }

  [[nodiscard]] bool is_small() const { return written_bytes_ <= most_bytes_; }
  /// The input whose outputs are furthest off: what is small there is small elsewhere.
  [[nodiscard]] std::span<const std::vector<NamedTensor>> worst_input() const {
    return std::span(inputs_).subspan(worst_set_ < inputs_.size() ? worst_set_ : 0, 1);
  }

  /// Where the outputs are further off, or the file larger, than the type need be: folds scales
  /// into weights, then keeps the constants in fp32 whose rounding was measured to cost the most.
  Result<void> refine() {
    const double goal =
        options_.max_rel_l2.value_or(options_.to == "fp16" ? kHalfGoal : kBfloatGoal);
    most_bytes_ = static_cast<std::uint64_t>(kHalfSize * static_cast<double>(model_bytes_));
    if (!stores_halves_ || (is_small() && worst_output() <= kClearlyGood * goal)) return {};
    if (!options_.simplify && options_.keep.empty()) {
      VERNIER_TRY(prepare(options_.model.disabled_passes, Rewrites::fold_scales));
      VERNIER_TRY(finish({}));
    }
    least_bytes_ = written_bytes_;
    const auto with = [&, floats = static_cast<double>(float_bytes(original_.graph))](double size) {
      return least_bytes_ + static_cast<std::uint64_t>((size - 0.5) * floats);
    };
    VERNIER_TRY(keep_constants(kGoalMargin * goal));
    if (worst_output() > goal && most_bytes_ < with(kHalfSize)) {
      most_bytes_ = with(kHalfSize);
      VERNIER_TRY(keep_constants(kGoalMargin * goal));
    }
    if (report_.agrees) return {};
    const double within = worst_output();
    most_bytes_ = std::max(most_bytes_, with(kLastSize));
    VERNIER_TRY(keep_constants(kGoalMargin * tolerance().usual));
    if (!report_.agrees) return {};
    report_.notes.push_back(
        "more stays fp32 than half the size allows, with which outputs differ by " +
        exports::scientific(within));
    return {};
  }

  /// Within the bytes that the file may have; the aim is met where that is possible.
  Result<void> keep_constants(double aim) {
    VERNIER_ASSIGN(const TrialOptions trial, trial_options());
    VERNIER_ASSIGN(const auto measured,
                   measure_constants(prepared_, half_type(), worst_input(), trial));
    const double rounded = std::max(worst_output(), expected_error(measured));
    if (rounded <= aim) return {};
    auto room = static_cast<double>(most_bytes_ - std::min(most_bytes_, least_bytes_));
    double wanted = kRoundFactor * aim;
    double best = worst_output();
    std::set<PlacedValue> chosen = exact_;
    std::set<PlacedValue> last = exact_;
    for (int round = 0; round < kRounds; ++round) {
      auto exact = choose_exact(prepared_.graph, measured, rounded, wanted,
                                static_cast<std::uint64_t>(room));
      if (exact == last) break;
      last = exact;
      VERNIER_TRY(finish(exact));
      if (!is_small()) {
        room *= 0.85;
        continue;
      }
      if (worst_output() < best || worst_output() <= aim) {
        best = worst_output();
        chosen = std::move(exact);
      }
      if (best <= aim) break;
      wanted *= kRoundFactor;
    }
    return chosen == last ? Result<void>() : finish(chosen);
  }

  /// A bfloat16 has eight bits. Where rounding what nodes make costs more than the goal allows,
  /// those values stay in fp32 whose rounding was measured to cost the most.
  Result<void> refine_values() {
    const double goal = options_.max_rel_l2.value_or(kBfloatGoal);
    VERNIER_ASSIGN(const TrialOptions trial, trial_options());
    VERNIER_ASSIGN(ValueRounding rounding,
                   ValueRounding::load(prepared_, half_type(), worst_input(), trial));
    const auto rounded = [&] {
      return rounding.effect(rounded_values(prepared_.graph, rounding.values(), kept_nodes_));
    };
    VERNIER_ASSIGN(const double before, rounded());
    const double stored = worst_output();
    const double left = std::sqrt(std::max(goal * goal - stored * stored, 0.0));
    const double wanted = kRoundFactor * std::max(left, kGoalMargin * goal);
    if (std::hypot(before, stored) <= goal || before <= wanted) return {};
    VERNIER_ASSIGN(const auto measured, measure_values(rounding));
    const std::set<PlacedValue> constants = exact_;
    double after = before;
    for (int round = 0; round < kRounds && after > wanted; ++round) {
      const std::set<PlacedValue> last = exact_;
      std::set<PlacedValue> exact =
          choose_exact_values(measured, before, std::pow(kRoundFactor, round) * wanted);
      exact.insert(constants.begin(), constants.end());
      VERNIER_TRY(finish(exact));
      if (!is_small()) {
        VERNIER_TRY(finish(last));
        VERNIER_ASSIGN(after, rounded());
        break;
      }
      VERNIER_ASSIGN(after, rounded());
    }
    report_.notes.push_back(
        "rounding all that bf16 nodes make changes outputs by about " + exports::scientific(after) +
        "; without the nodes kept in fp32 for it, by " + exports::scientific(before));
    return {};
  }

  /// Leaves out rewrites without which the numbers are right.
  Result<void> roll_back(const std::vector<std::string>& disabled) {
    const std::vector<std::string> suspects = applied_;
    const ConvertReport failed = report_;
    const auto without = [&](const std::vector<std::string>& left_out) -> Result<double> {
      std::vector<std::string> all = disabled;
      all.insert(all.end(), left_out.begin(), left_out.end());
      VERNIER_TRY(prepare(all, Rewrites::asked_for));
      VERNIER_TRY(finish({}));
      return excess_of(report_);
    };
    VERNIER_ASSIGN(auto left_out, find_roll_back(suspects, 1.0, without));
    if (!left_out) {
      report_ = failed;
    } else {
      report_.rolled_back = std::move(*left_out);
    }
    return {};
  }

  [[nodiscard]] DType half_type() const {
    return options_.to == "fp16" ? DType::float16 : DType::bfloat16;
  }

  Result<void> change_types(Model& model, const std::set<PlacedValue>& exact,
                            onnx::ExportOptions& exported) {
    if (options_.to.empty()) return {};
    PrecisionReport done;
    if (options_.to == "fp32") {
      VERNIER_ASSIGN(done, widen_precision(model.graph, {}));
    } else {
      PrecisionOptions precision;
      precision.to = half_type();
      precision.keep = options_.keep;
      precision.exact = exact;
      precision.ranges = ranges_;
      precision.convert_ports = options_.io;
      precision.convert_all_ports = options_.all_io;
      precision.allows = [](const Node& node, bool is_output, std::size_t port, DType dtype) {
        const auto* schema = onnx::find_schema(node.op->name, onnx::kNewestOpset);
        if (schema == nullptr) return false;
        return is_output ? schema->allows_output(port, dtype) : schema->allows_input(port, dtype);
      };
      VERNIER_ASSIGN(done, change_precision(model.graph, precision));
    }
    stores_halves_ = done.constants > 0;
    exported.stored_as = std::move(done.stored_as);
    report_.kept.clear();
    kept_nodes_.clear();
    for (KeptNode& node : done.kept) {
      if (node.graph == 0) kept_nodes_.insert(node.id);
      report_.kept.push_back({std::move(node.node), std::move(node.op), std::move(node.reason)});
    }
    report_.steps.push_back(
        {options_.to,
         {std::to_string(done.converted) + " nodes and " + std::to_string(done.constants) +
          " weights converted, " + std::to_string(done.casts) + " casts added, " +
          std::to_string(done.kept.size()) + " nodes stay fp32"}});
    return {};
  }

  Result<void> check_opset(const Model& model, onnx::ExportOptions& exported) {
    if (exported.opset == 0) {
      VERNIER_ASSIGN(exported.opset, onnx::exported_opset(model, exported));
    } else if (exported.opset >= onnx::kOldestOpset && exported.opset <= onnx::kNewestOpset) {
      const auto blockers = onnx::export_blockers(model, exported.opset, exported);
      if (!blockers.empty()) return blocked_error(blockers, options_.opset);
    }
    report_.opset_after = exported.opset;
    if (exported.opset != report_.opset_before) {
      report_.steps.push_back(
          {"opset",
           {std::to_string(report_.opset_before) + " -> " + std::to_string(exported.opset)}});
    }
    return {};
  }

  std::string source_;
  std::string target_;
  ConvertOptions options_;
  Workshop* shop_ = nullptr;
  CutFile cut_file_;
  std::vector<const Backend*> backends_;  ///< of trial runs
  std::string model_path_;
  Model original_;
  std::uint64_t weight_bytes_ = 0;
  std::uint64_t model_bytes_ = 0;  ///< of the file that is converted, after a cut
  bool has_value_info_ = false;    ///< the file states types between nodes
  bool source_is_half_ = false;    ///< some of its values are float16 or bfloat16
  bool runs_ = false;              ///< the model is run to verify and to see ranges
  InputSets inputs_;
  InputSets before_;
  InputSets originals_;               ///< what gave that
  std::optional<OutputNoise> noise_;  ///< measured when something differs
  BatchTrial trial_;                  ///< of a batch that becomes free
  std::vector<std::string> applied_;
  Model prepared_;
  std::map<ValueId, SeenRange> ranges_;  ///< of the prepared graph, where they matter
  std::set<PlacedValue> exact_;          ///< of the file in the workshop
  std::set<NodeId> kept_nodes_;          ///< of the prepared graph: fp32 in that file
  std::size_t worst_set_ = 0;            ///< of the inputs, for that file
  std::uint64_t written_bytes_ = 0;
  std::uint64_t least_bytes_ = 0;   ///< of the file when no constant is kept in fp32
  std::uint64_t most_bytes_ = 0;    ///< that it may have when some are
  bool stores_halves_ = false;      ///< a constant changed type
  std::size_t first_step_ = 0;      ///< of `prepare`, in the report
  std::size_t prepared_steps_ = 0;  ///< the steps up to its end
  std::shared_ptr<ScratchList> scratch_;
  ConvertReport report_;
};

}  // namespace

Result<ConvertReport> convert_model(const std::string& input, const std::string& output,
                                    const ConvertOptions& options) {
  const auto scratch = std::make_shared<ScratchList>();
  auto report =
      run_job<ConvertReport>([=] { return Conversion(input, output, options, scratch).run(); },
                             options.model.timeout_s, options.model.interrupt);
  const bool given_up = !report && (report.error().code == Errc::interrupted ||
                                    report.error().id == "E-LIMIT-TIMEOUT");
  if (given_up) scratch->remove_all();
  return report;
}

}  // namespace vernier
