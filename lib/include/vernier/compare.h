#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vernier/bench.h"
#include "vernier/export.h"
#include "vernier/result.h"
#include "vernier/types.h"

namespace vernier {

/// How much of the inside of a model is looked at.
enum class LayerSearch : std::uint8_t {
  none,
  first,  ///< the first node whose output differs while its inputs agree
  all     ///< the same, and the difference of every tensor
};

struct CompareOptions {
  /// Engines, inputs and times of what is measured. `report` is written when speed is measured.
  BenchOptions bench;
  bool speed = true;                     ///< false: outputs only
  std::optional<double> max_regression;  ///< 0.05: at most 5 % slower; absent: not gated
  std::optional<double> max_rel_l2;      ///< gate on the outputs; absent: not gated
  LayerSearch layers = LayerSearch::none;
  std::string task;  ///< "detect": outputs are YOLO heads, compared as boxes too
  /// For two reports: differences below this share count as none. Absent: 1 %, or the reports'
  /// noise floor where that is higher.
  std::optional<double> margin;
};

/// A condition that differs between two reports; a severe one makes their numbers incomparable.
struct ConditionChange {
  std::string path;
  std::string a;
  std::string b;
  bool severe = false;
  std::string label;  ///< result that it concerns; empty: all
};

/// An output of the contender against the baseline's.
struct OutputComparison {
  std::string contender;
  std::string output;
  bool agree = false;
  double rel_l2 = 0.0;  ///< |a - b| / |b|; infinite when type, shape, NaN or infinities differ
  double cosine = 1.0;
  double max_abs = 0.0;
  double snr_db = 0.0;  ///< -20 log10(rel_l2); infinite when equal
  double tolerance = 0.0;
  /// Class scores, [classes] or [N, classes]: share of rows with the same best class, and mean
  /// share of the k best that both have.
  std::optional<double> top1;
  std::optional<double> topk;
  int k = 0;
  std::string reason;
};

struct LayerRow {
  std::string node;  ///< "'name' (Op)"; empty where it is clear
  std::string tensor;
  bool compared = false;
  double rel_l2 = 0.0;
  double snr_db = 0.0;
  double max_abs = 0.0;
  std::string reason;
};

/// A cut of the model that both engines ran.
struct LayerProbe {
  std::string after;  ///< last node in it
  int tensors = 0;    ///< its outputs
  bool diverges = false;
  double worst_rel_l2 = 0.0;
  std::string error;
};

struct LayerReport {
  std::string contender;
  bool found = false;
  std::string node;  ///< its name, or that of its first output
  std::string op;
  int opset = 0;
  bool confirmed = false;
  double tolerance = 0.0;
  std::vector<LayerRow> before;  ///< inputs of the node
  std::vector<LayerRow> after;   ///< outputs of the node
  std::vector<LayerRow> alone;   ///< outputs of the node run alone on the baseline's inputs
  std::vector<LayerProbe> probes;
  std::vector<LayerRow> table;
  std::vector<std::string> notes;
};

/// Boxes of the contender against those of the baseline, which count as the truth.
struct DetectionAgreement {
  std::string contender;
  int baseline_boxes = 0;
  int contender_boxes = 0;
  double map50 = 0.0;     ///< mean average precision at IoU 0.5
  double map50_95 = 0.0;  ///< mean over IoU 0.50, 0.55 .. 0.95
};

/// "pass", "fail" or "inconclusive" of one limit for one contender.
struct GateResult {
  /// "max-regression", "max-rel-l2"; "agreement" of two engines without the latter, by the
  /// tolerance of their precision.
  std::string gate;
  std::string contender;
  std::string state;
  std::string detail;
};

struct CompareReport {
  std::string kind;  ///< "reports", "engines", "models"
  std::string a;     ///< file of the baseline
  std::string b;     ///< file of the contender; empty when there is one model
  bool comparable = true;
  bool interrupted = false;
  std::vector<ConditionChange> conditions;
  std::vector<std::string> unmatched;  ///< labels that only one report has
  std::vector<BenchComparison> comparisons;
  std::vector<OutputComparison> outputs;
  std::vector<LayerReport> layers;
  std::vector<DetectionAgreement> detections;
  std::vector<GateResult> gates;
  std::vector<std::string> notes;
  std::optional<BenchReport> bench;  ///< what was measured
  std::string report_json;           ///< a report (vernier-report.schema.json) with the comparisons

  /// 1: a limit is broken. 11, only when `strict`: something that was asked for could not be told
  /// (not comparable, inconclusive). 0 otherwise.
  [[nodiscard]] VERNIER_API int exit_code(bool strict) const;
};

/// Two reports of bench. `baseline` may be a folder: its newest comparable report is taken, and
/// noted. Errors: those of reading reports, invalid_data E-HISTORY-EMPTY.
VERNIER_API Result<CompareReport> compare_report_files(const std::string& baseline,
                                                       const std::string& contender,
                                                       const CompareOptions& options);

/// The comparisons that a report holds.
VERNIER_API Result<CompareReport> show_report(const std::string& file,
                                              const CompareOptions& options);

/// One model on two or more engines of `options.bench.engines`; the first is the baseline. Errors:
/// usage, those of bench, an engine's own.
VERNIER_API Result<CompareReport> compare_engines(const std::string& model,
                                                  const CompareOptions& options);

/// Two models on the same input bytes, on one engine (default vernier). Inputs and outputs belong
/// together by name; those whose names differ by order, where that is unambiguous. Errors: as
/// compare_engines; usage E-COMPARE-INPUTS, E-COMPARE-FOLDED when only one scales its pictures
/// itself, or they do so in two ways (size rule, values, order of colours, input).
VERNIER_API Result<CompareReport> compare_models(const std::string& baseline,
                                                 const std::string& contender,
                                                 const CompareOptions& options);

struct GitBaseline {
  std::string program;  ///< the built program
  std::string commit;   ///< full hash
};

/// Builds vernier's revision `revision` of the repository that holds the working directory, in
/// build/compare/<commit> beneath its root, or takes what was built there before. Errors: usage
/// E-GIT-REVISION; unsupported E-GIT-ABSENT (git, cmake or ninja), E-GIT-REPOSITORY (no repository
/// of vernier); internal E-GIT-BUILD (with the log's path); interrupted.
VERNIER_API Result<GitBaseline> build_git_baseline(const std::string& revision,
                                                   const std::atomic<bool>* interrupt = nullptr);

VERNIER_API std::string to_json(const CompareReport& report);

}  // namespace vernier
