#include "vernier/compare.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "api/bench_engines.h"
#include "api/compare_gates.h"
#include "api/compare_layers.h"
#include "api/compare_outputs.h"
#include "api/folded_preprocess.h"
#include "api/side_by_side.h"
#include "base/file.h"
#include "onnx/extract.h"

namespace vernier {
namespace {

Result<void> check_options(const CompareOptions& options) {
  if (!options.task.empty() && options.task != "detect") {
    return usage_error("there is no task '" + options.task + "' (there is: detect)",
                       "E-COMPARE-TASK");
  }
  if (!options.speed && options.max_regression) {
    return usage_error("--max-regression needs speed to be measured");
  }
  return {};
}

/// Outputs first, then speed, then the layers: what is cheap and decides most comes first.
class Comparer {
 public:
  Comparer(std::string model, const CompareOptions& options)
      : model_(std::move(model)), options_(options), bench_(options.bench) {
    if (options.max_rel_l2) bench_.max_rel_l2 = options.max_rel_l2;
  }

  Result<CompareReport> run(CompareReport report) && {
    result_ = std::move(report);
    VERNIER_TRY(check_options(options_));
    if (options_.speed && !bench_.report.empty()) {
      VERNIER_TRY(AtomicFile::open(bench_.report));  // it is written to after what comes first
    }
    std::optional<SideBySide> both;
    {
      VERNIER_ASSIGN(SideBySide started, SideBySide::start(model_, bench_));
      both.emplace(std::move(started));
    }
    VERNIER_TRY(both->run());
    VERNIER_TRY(look_at_outputs(*both));
    if (options_.layers != LayerSearch::none) VERNIER_TRY(look_at_layers(*both));
    bench_.variants.resize(std::max(bench_.variants.size(), both->size()));
    for (std::size_t i = 0; i < both->size(); ++i) bench_.variants[i].aliases = both->aliases(i);
    both.reset();  // their memory and threads are not to disturb what is measured
    if (options_.speed) VERNIER_TRY(measure());
    gate(options_, result_);
    return std::move(result_);
  }

 private:
  Result<void> look_at_outputs(const SideBySide& both) {
    for (std::size_t i = 1; i < both.size(); ++i) {
      auto rows = compare_outputs_of(both, i, options_.max_rel_l2);
      result_.outputs.insert(result_.outputs.end(), rows.begin(), rows.end());
      if (options_.task == "detect") {
        VERNIER_ASSIGN(DetectionAgreement boxes, compare_detections(both, i));
        result_.detections.push_back(std::move(boxes));
      }
    }
    return {};
  }

  Result<void> look_at_layers(SideBySide& both) {
    for (std::size_t i = 1; i < both.size(); ++i) {
      const double tolerance = tolerance_of(both, i, options_.max_rel_l2);
      VERNIER_ASSIGN(LayerReport layers,
                     find_first_layer(model_, both, i, tolerance, options_.layers));
      result_.layers.push_back(std::move(layers));
    }
    return {};
  }

  Result<void> measure() {
    VERNIER_ASSIGN(BenchReport measured, bench(model_, bench_));
    result_.interrupted = measured.interrupted;
    for (const BenchResult& row : measured.results) {
      if (row.error) return *row.error;
    }
    result_.comparisons = measured.comparisons;
    result_.report_json = measured.json;
    result_.bench = std::move(measured);
    return {};
  }

  std::string model_;
  const CompareOptions& options_;
  BenchOptions bench_;
  CompareReport result_;
};

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// False when the file cannot be read, which loading it will say.
bool has_input(const std::string& model, const std::string& name) {
  const auto extractor = onnx::ModelExtractor::open(model);
  if (!extractor) return false;
  const auto& inputs = extractor->outline().inputs;
  return std::find(inputs.begin(), inputs.end(), name) != inputs.end();
}

/// Models that are given the same inputs both scale their pictures in the same way, or neither
/// does. Inputs of different names are taken for each other where neither model has both.
Result<void> check_same_pixels(const std::string& baseline, const std::string& contender) {
  const auto a = read_folded_preprocess(baseline);
  const auto b = read_folded_preprocess(contender);
  const auto says = [](const std::optional<FoldedPreprocess>& folded) {
    if (!folded) return std::string("takes scaled pictures");
    return "takes 8-bit pixels at '" + folded->input + "' and scales them itself ('" +
           folded->preset + "', " + folded->color + ", " + folded->values + ")";
  };
  bool same = a.has_value() == b.has_value();
  if (a && b) {
    same = std::tie(a->preset, a->color, a->layout, a->values) ==
           std::tie(b->preset, b->color, b->layout, b->values);
    if (a->input != b->input) {
      same = same && !has_input(baseline, b->input) && !has_input(contender, a->input);
    }
  }
  if (same) return {};
  return usage_error("the same inputs do not suit both: " + baseline + " " + says(a) + ", " +
                         contender + " " + says(b) +
                         "; fold the same preprocessing into both (vernier convert "
                         "--fold-preprocess)",
                     "E-COMPARE-FOLDED");
}

}  // namespace

Result<CompareReport> compare_engines(const std::string& model, const CompareOptions& options) {
  if (options.bench.engines.size() < 2) {
    return usage_error("name two engines to compare (--engine X --engine Y)");
  }
  CompareReport report;
  report.kind = "engines";
  report.a = model;
  return Comparer(model, options).run(std::move(report));
}

Result<CompareReport> compare_models(const std::string& baseline, const std::string& contender,
                                     const CompareOptions& options) {
  if (options.bench.engines.size() > 1) {
    return usage_error("two models are compared on one engine");
  }
  if (options.layers != LayerSearch::none) {
    return usage_error("--layers compares engines on one model");
  }
  VERNIER_TRY(check_same_pixels(baseline, contender));
  CompareReport report;
  report.kind = "models";
  report.a = baseline;
  report.b = contender;
  CompareOptions two = options;
  const std::string engine =
      options.bench.engines.empty() ? std::string("vernier") : options.bench.engines.front();
  two.bench.engines = {engine, engine};
  const bool short_names = file_name(baseline) != file_name(contender);
  BenchVariant a;
  a.label = short_names ? file_name(baseline) : baseline;
  BenchVariant b;
  b.model = contender;
  b.label = short_names ? file_name(contender) : contender;
  if (a.label == b.label) b.label += " #2";
  two.bench.variants = {a, b};
  return Comparer(baseline, two).run(std::move(report));
}

}  // namespace vernier
