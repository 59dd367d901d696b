#include "vernier/quantize.h"

#include <algorithm>
#include <set>
#include <utility>

#include "api/job.h"
#include "api/output_files.h"
#include "api/quantize_budget.h"
#include "api/quantize_causes.h"
#include "api/quantize_gram.h"
#include "api/quantize_model.h"
#include "api/quantize_ranges.h"
#include "api/quantize_weights.h"
#include "base/clock.h"
#include "base/file.h"
#include "passes/equalize_channels.h"
#include "passes/fusion_oracle.h"
#include "passes/passes.h"
#include "passes/pipeline.h"

namespace vernier {
namespace {

constexpr std::size_t kMaxRecipeBytes = std::size_t{64} << 20U;

class Quantization {
 public:
  Quantization(std::string input, std::string output, QuantizeOptions options)
      : input_(std::move(input)), output_(std::move(output)), options_(std::move(options)) {}

  Result<QuantizeReport> run() {
    VERNIER_TRY(check_options());
    VERNIER_TRY(load());
    VERNIER_TRY(check_source());
    VERNIER_TRY(open_data());
    VERNIER_TRY(open_recipe());
    VERNIER_ASSIGN(placement_, place_qdq(model_.model.graph, target_, options_.exclude));
    if (!options_.apply_recipe.empty()) {
      VERNIER_TRY(read_recipe());
    } else if (lifted_ && options_.data.empty() && options_.calibration_table.empty()) {
      VERNIER_TRY(retarget_recipe_of_file());
    } else {
      VERNIER_TRY(make_recipe());
    }
    VERNIER_TRY(judge_recipe());
    VERNIER_TRY(keep_budget());
    VERNIER_TRY(find_causes());
    if (report_.budget_met) VERNIER_TRY(write_model());
    describe();
    VERNIER_TRY(write_texts());
    return std::move(report_);
  }

 private:
  Result<void> check_options() {
    VERNIER_ASSIGN(target_,
                   find_quant_target(options_.target.empty() ? "vernier" : options_.target));
    if (options_.model.precision != "fp32") {
      return usage_error("quantize makes int8 files; there is no other --precision");
    }
    VERNIER_ASSIGN(rule_.usual,
                   parse_range_method(options_.range == "auto" ? "minmax" : options_.range));
    const std::string& correction = options_.bias_correction;
    if (correction != "auto" && correction != "none" && correction != "fast" &&
        correction != "full") {
      return usage_error("--bias-correction: none, fast or full", "E-USAGE-BIAS");
    }
    if (options_.block || !options_.form.empty() || options_.zero_points) {
      return usage_error("--block, --form and --zero-points go with --weights-only",
                         "E-USAGE-WEIGHTS");
    }
    if (options_.samples < 1) return usage_error("--samples must be at least 1");
    const std::string& rounding = options_.rounding;
    if (rounding != "auto" && rounding != "nearest" && rounding != "gram") {
      return usage_error("--rounding: nearest or gram", "E-USAGE-ROUNDING");
    }
    if (rounding == "gram" && options_.data.empty()) {
      return usage_error("--rounding gram needs --data", "E-USAGE-DATA");
    }
    if (correction == "full" && options_.data.empty()) {
      return usage_error("full bias correction needs --data", "E-USAGE-DATA");
    }
    const bool judged = !options_.labels.empty() || options_.max_drop || options_.sensitivity;
    if (judged && options_.data.empty()) {
      return usage_error("--labels, --max-drop and --sensitivity need --data", "E-USAGE-DATA");
    }
    if (options_.saturation_safe && !options_.apply_recipe.empty()) {
      return usage_error("--apply-recipe decides everything: no --saturation-safe");
    }
    if ((options_.max_drop || options_.sensitivity) && !options_.apply_recipe.empty()) {
      return usage_error("--apply-recipe decides everything: no --max-drop, no --sensitivity");
    }
    CommandFiles files{input_,
                       output_,
                       {options_.apply_recipe, options_.data, options_.labels},
                       {options_.recipe, options_.report}};
    (options_.data.empty() ? files.read : files.written).push_back(options_.calibration_table);
    VERNIER_TRY(check_files(files));
    return check_writable(files);
  }

  Result<void> load() {
    progress("reading " + input_);
    VERNIER_TRY(load_float_model(input_, options_.model, false, model_, lifted_));
    report_.bytes_before = model_.bytes;
    report_.notes = model_.notes;
    if (lifted_) {
      describe_lift(*lifted_, report_);
    }
    return {};
  }

  /// Something must say what the ranges are.
  Result<void> check_source() {
    const bool table = !options_.data.empty() || !options_.calibration_table.empty();
    if (table || !options_.apply_recipe.empty() || lifted_) return {};
    return usage_error("--data names the samples (or --calibration-table a table made before)",
                       "E-USAGE-DATA");
  }

  /// By what the file that is read says.
  Result<void> retarget_recipe_of_file() {
    const bool chosen = options_.range != "auto" || options_.rounding != "auto" ||
                        options_.bias_correction != "auto" || !options_.equalize;
    if (chosen) {
      return usage_error(
          "without --data the file's own ranges and weights serve: no --range, "
          "--rounding, --bias-correction or --no-equalize");
    }
    VERNIER_ASSIGN(recipe_, retarget_recipe(model_, placement_, target_, lifted_->recipe));
    report_.retargeted = true;
    if (options_.saturation_safe) VERNIER_TRY(make_recipe_safe(model_, recipe_));
    report_.range = report_.rounding = "as in the file";
    report_.bias_correction = "none";
    if (!recipe_.weights.empty()) return {};
    return unsupported("the file quantizes nothing that target " + target_.name + " can use",
                       "E-QUANT-NOTHING");
  }

  Result<void> open_data() {
    if (options_.data.empty()) return {};
    VERNIER_ASSIGN(data_, open_quant_data(options_, model_, nullptr));
    report_.data = data_.source->text();
    return {};
  }

  /// Its target counts where none is asked for.
  Result<void> open_recipe() {
    if (options_.apply_recipe.empty()) return {};
    VERNIER_ASSIGN(const std::string text, read_text_file(options_.apply_recipe, kMaxRecipeBytes));
    VERNIER_ASSIGN(recipe_, parse_recipe(text));
    if (recipe_.target.empty()) return {};
    VERNIER_ASSIGN(const QuantTarget made_for, find_quant_target(recipe_.target));
    if (options_.target.empty()) target_ = made_for;
    if (made_for.name != target_.name) {
      return usage_error("the recipe was made for target " + made_for.name + ", not " +
                         target_.name);
    }
    return {};
  }

  Result<void> read_recipe() {
    if (!recipe_.model_sha256.empty() && recipe_.model_sha256 != model_.sha256) {
      report_.notes.push_back("the recipe was made for another model file");
    }
    VERNIER_TRY(equalize_by(recipe_.channels));
    VERNIER_TRY(check_recipe(model_.model.graph, recipe_));
    report_.bias_correction = recipe_.biases.empty() ? "none" : "as in the recipe";
    report_.range = "as in the recipe";
    report_.rounding = "as in the recipe";
    report_.samples = 0;
    return {};
  }

  Result<void> make_recipe() {
    std::int64_t start = now_ns();
    if (data_.source) {
      VERNIER_ASSIGN(
          table_, calibrate(model_, placement_, data_.samples, report_.notes, options_.progress));
      VERNIER_TRY(equalize());
      if (!options_.calibration_table.empty()) {
        VERNIER_TRY(table_.save(options_.calibration_table));
      }
    } else {
      VERNIER_ASSIGN(table_, CalibrationTable::load(options_.calibration_table));
      if (table_.model_sha256 != model_.sha256) {
        return invalid_data("the calibration table was made for another model file",
                            "E-CALIBRATION-TABLE");
      }
      report_.data = table_.data;
      VERNIER_TRY(equalize_by(table_.channels));
    }
    report_.samples = table_.samples;
    report_.skipped_samples = table_.skipped;
    report_.calibration_ns = now_ns() - start;
    VERNIER_TRY(choose_ranges());
    VERNIER_ASSIGN(recipe_, choose_recipe(model_, placement_, target_, table_, rule_));
    recipe_.channels = table_.channels;
    if (recipe_.weights.empty()) {
      return unsupported("the model has nothing that can be quantized for target " + target_.name,
                         "E-QUANT-NOTHING");
    }
    report_.range = options_.range == "auto" ? "auto" : range_method_name(rule_.usual);
    report_.bias_correction = options_.bias_correction;
    if (report_.bias_correction == "auto") report_.bias_correction = data_.source ? "full" : "fast";
    VERNIER_TRY(round());
    if (options_.saturation_safe) VERNIER_TRY(make_recipe_safe(model_, recipe_));
    start = now_ns();
    if (report_.bias_correction == "fast") {
      VERNIER_TRY(correct_biases_fast(model_, placement_, table_, recipe_));
    } else if (report_.bias_correction == "full") {
      VERNIER_TRY(
          correct_biases_full(model_, placement_, data_.samples, recipe_, options_.progress));
    }
    report_.correction_ns = now_ns() - start;
    return {};
  }

  Result<void> choose_ranges() {
    if (options_.range != "auto") return {};
    if (!data_.source) {
      rule_.head_room = head_room(table_);
      report_.notes.emplace_back("without --data, --range auto is minmax for every tensor");
    } else {
      const std::int64_t start = now_ns();
      VERNIER_ASSIGN(rule_, ranges_by_output(model_, placement_, target_, data_.samples, table_,
                                             options_.progress));
      report_.ranges_ns = now_ns() - start;
    }
    if (rule_.head_room > 1.0) {
      report_.notes.push_back(
          "few samples set the ranges, so others will be beyond them: ranges have head room");
    }
    return {};
  }

  [[nodiscard]] bool by_moments() const {
    return options_.rounding == "gram" || (options_.rounding == "auto" && data_.source != nullptr);
  }

  Result<void> round() {
    report_.rounding = by_moments() ? "gram" : "nearest";
    if (!by_moments()) return {};
    const std::int64_t start = now_ns();
    const bool corrected = options_.bias_correction != "none";
    VERNIER_TRY(
        round_weights(model_, placement_, data_.samples, recipe_, corrected, options_.progress));
    report_.rounding_ns = now_ns() - start;
    return {};
  }

  /// Scales channels by what calibration saw of them, and calibrates again.
  Result<void> equalize() {
    if (!options_.equalize) return {};
    const auto extents = [&](const std::string& name) {
      const TensorStats* stats = table_.find(name);
      return stats == nullptr ? ChannelWidths() : stats->channel_widths();
    };
    VERNIER_ASSIGN(EqualizeReport done,
                   equalize_channels(model_.model.graph, extents, model_.budget));
    if (done.factors.empty()) return {};
    VERNIER_TRY(place_again(done));
    std::vector<std::string> told;  // already, the first time
    const std::int64_t skipped = table_.skipped;
    VERNIER_ASSIGN(table_, calibrate(model_, placement_, data_.samples, told, options_.progress));
    table_.skipped = skipped;
    table_.channels = std::move(done.factors);
    return {};
  }

  Result<void> equalize_by(std::span<const ChannelFactors> factors) {
    VERNIER_ASSIGN(const EqualizeReport done,
                   scale_channels(model_.model.graph, factors, model_.budget));
    return place_again(done);
  }

  Result<void> place_again(const EqualizeReport& done) {
    report_.equalized_groups = static_cast<std::int64_t>(done.factors.size());
    name_all_nodes(model_.model.graph);
    VERNIER_ASSIGN(placement_, place_qdq(model_.model.graph, target_, options_.exclude));
    return {};
  }

  Result<void> judge_recipe() {
    if (!data_.source) return {};
    judge_on_calibration(data_, report_);
    if (data_.samples.judging.empty()) return {};
    const std::int64_t start = now_ns();
    VERNIER_ASSIGN(agreement_, judge(model_, placement_, data_.samples, recipe_, data_.scorer,
                                     options_.progress));
    report_.judging_ns = now_ns() - start;
    return check_labels(options_, agreement_);
  }

  /// Sensitivity, and nodes back to float where too much is lost.
  Result<void> keep_budget() {
    report_.max_drop = options_.max_drop;
    if (!options_.max_drop && !options_.sensitivity) return {};
    const std::int64_t start = now_ns();
    const QuantChoice all{{}, placement_, recipe_, agreement_};
    if (all.agreement.scores.empty()) {
      return usage_error("there are no samples to judge on (--judge)", "E-USAGE-DATA");
    }
    const BudgetRequest request{
        &model_,          &target_,         &table_, &data_.samples,
        &data_.scorer,    options_.exclude, rule_,   report_.bias_correction == "full",
        options_.progress};
    const bool fits =
        options_.max_drop && accuracy_drop(agreement_.scores).drop <= *options_.max_drop;
    std::vector<NodeDamage> order;
    if (!fits || options_.sensitivity) {
      VERNIER_ASSIGN(order, measure_damage(request, all));
      for (const NodeDamage& damage : order) {
        report_.sensitivity.push_back(
            {damage.node, damage.op, damage.sqnr_db, static_cast<double>(damage.ns) / 1e3});
      }
    }
    if (options_.max_drop) {
      VERNIER_ASSIGN(BudgetResult found, fit_budget(request, all, order, *options_.max_drop));
      report_.budget_met = found.met;
      describe_points(found.points);
      if (found.met) {
        report_.reverted = std::move(found.choice.reverted);
        placement_ = std::move(found.choice.placement);
        recipe_ = std::move(found.choice.recipe);
        agreement_ = std::move(found.choice.agreement);
      }
    }
    report_.budget_ns = now_ns() - start;
    return {};
  }

  Result<void> find_causes() {
    if (data_.samples.judging.empty()) return {};
    progress("splitting the error by cause");
    VERNIER_ASSIGN(const auto causes, split_error(model_, placement_, data_.samples, recipe_));
    for (const CauseError& cause : causes) report_.causes.push_back({cause.cause, cause.sqnr_db});
    return {};
  }

  void describe_points(const std::vector<BudgetPoint>& points) {
    for (const BudgetPoint& point : points) {
      const bool beaten = std::any_of(points.begin(), points.end(), [&](const BudgetPoint& other) {
        const bool better =
            other.integer_share > point.integer_share || other.drop.drop < point.drop.drop;
        return better && other.integer_share >= point.integer_share &&
               other.drop.drop <= point.drop.drop;
      });
      report_.points.push_back(
          {point.float_nodes, point.integer_share, point.drop.drop, point.drop.high, !beaten});
    }
  }

  void describe_agreement() {
    // Where all readers saturate, what is cut off is no error.
    std::set<std::string> cut;
    for (const PlacedTensor& tensor : placement_.tensors) {
      if (tensor.useful) cut.insert(model_.model.graph.value(tensor.value).name);
    }
    for (const TensorError& error : agreement_.tensors) {
      if (!is_broken(error.sqnr_db) || cut.count(error.name) != 0) continue;
      report_.first_broken = error.name;
      break;
    }
    vernier::describe_agreement(agreement_, data_.scorer, report_);
    warn_of_noise(
        "--max-drop 5% turns nodes back to float until little is lost; --sensitivity says what "
        "each node costs",
        report_);
  }

  Result<void> write_model() {
    progress("writing " + output_);
    Model quantized = model_.model;
    VERNIER_ASSIGN(const InsertReport inserted,
                   insert_qdq(quantized.graph, recipe_, target_, model_.budget));
    if (target_.softmax_last_axis) {
      const Pass* const passes[] = {&softmax_last_axis_pass()};
      RewriteOptions rewrite;
      rewrite.budget = model_.budget;
      VERNIER_TRY(run_passes(quantized.graph, passes, rewrite));
    }
    report_.weight_channels = inserted.channels;
    report_.risky_channels = inserted.risky_channels;
    report_.raised_weight_scales = static_cast<std::int64_t>(inserted.raised_scales);
    VERNIER_TRY(export_quantized(model_, quantized, target_.name, output_, report_));
    return foresee(quantized.graph);
  }

  /// What the target will make of the file.
  Result<void> foresee(const Graph& graph) {
    if (target_.name == "vernier") return {};
    const std::string risk = target_.name == "openvino" ? free_sizes_risk(graph) : "";
    if (!risk.empty()) report_.notes.push_back(risk + "--dim NAME=N or --shape fixes them");
    VERNIER_ASSIGN(const auto nodes, predict_fusion(graph, target_.name));
    const auto islands = std::count_if(nodes.begin(), nodes.end(), [](const FusionNode& node) {
      return node.verdict == FusionVerdict::island;
    });
    if (islands == 0) return {};
    report_.notes.push_back(std::to_string(islands) + " of " + std::to_string(nodes.size()) +
                            " nodes will run in " +
                            "floats between quantized tensors: vernier inspect " + output_ +
                            " --target " + target_.name + " lists them");
    return {};
  }

  void describe() {
    describe_agreement();
    report_.input = input_;
    report_.output = output_;
    report_.target = target_.name;
    report_.weighted_nodes = static_cast<std::int64_t>(placement_.candidates);
    report_.quantized_nodes = static_cast<std::int64_t>(recipe_.weights.size());
    for (const RecipeTensor& tensor : recipe_.tensors) {
      QuantizedTensor entry;
      entry.name = tensor.name;
      entry.dtype = dtype_name(tensor.quant.dtype);
      entry.scale = static_cast<double>(tensor.quant.scale);
      entry.zero_point = tensor.quant.zero_point;
      entry.method = tensor.method;
      if (const TensorStats* stats = table_.find(tensor.name)) {
        entry.seen_low = static_cast<double>(stats->low());
        entry.seen_high = static_cast<double>(stats->high());
        entry.still_moving = still_moves(*stats);
      }
      for (const TensorError& error : agreement_.tensors) {
        if (error.name == tensor.name) entry.sqnr_db = error.sqnr_db;
      }
      report_.tensors.push_back(std::move(entry));
    }
    for (const RecipeFloat& node : recipe_.floats) {
      report_.floats.push_back({node.node, node.op, node.reason});
    }
    const auto moving = std::count_if(report_.tensors.begin(), report_.tensors.end(),
                                      [](const QuantizedTensor& t) { return t.still_moving; });
    if (moving > 0) {
      report_.notes.push_back("the range of " + std::to_string(moving) + " of " +
                              std::to_string(report_.tensors.size()) +
                              " tensors still grew in the second half of the samples");
    }
  }

  /// The range grew by more than a twentieth after half of the samples.
  static bool still_moves(const TensorStats& stats) {
    const RangeAfter* half = nullptr;
    for (const RangeAfter& entry : stats.history()) {
      if (entry.samples * 2 <= stats.samples()) half = &entry;
    }
    if (half == nullptr) return false;
    const float then = half->high - half->low;
    return (stats.high() - stats.low()) - then > 0.05F * then;
  }

  Result<void> write_texts() {
    if (report_.budget_met && !options_.recipe.empty()) {
      VERNIER_TRY(write_text_file(options_.recipe, write_recipe(recipe_)));
    }
    if (options_.report.empty()) return {};
    return write_text_file(options_.report, to_json(report_));
  }

  void progress(const std::string& text) const {
    if (options_.progress) options_.progress(text);
  }

  std::string input_;
  std::string output_;
  QuantizeOptions options_;
  QuantTarget target_;
  RangeRule rule_;
  FloatModel model_;
  std::optional<LiftReport> lifted_;  ///< of a model that was quantized already
  QuantData data_;
  QdqPlacement placement_;
  CalibrationTable table_;
  QuantRecipe recipe_;
  Agreement agreement_;
  QuantizeReport report_;
};

}  // namespace

Result<QuantizeReport> quantize_model(const std::string& input, const std::string& output,
                                      const QuantizeOptions& options) {
  auto report = run_job<QuantizeReport>(
      [=] {
        if (!options.weights_only.empty()) return quantize_weights_only(input, output, options);
        return Quantization(input, output, options).run();
      },
      options.model.timeout_s, options.model.interrupt);
  if (report) return report;
  Error& error = report.error();
  const bool about_model = error.code == Errc::invalid_model || error.code == Errc::unsupported;
  if (about_model && error.where.model.empty()) error.where.model = input;
  return report;
}

}  // namespace vernier
