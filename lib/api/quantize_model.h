#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/quantize_data.h"
#include "api/quantize_score.h"
#include "engine/probe.h"
#include "passes/insert_qdq.h"
#include "passes/lift_quantization.h"
#include "passes/qdq_placement.h"
#include "quant/calibration_table.h"
#include "quant/range_methods.h"
#include "quant/recipe.h"
#include "runtime/thread_pool.h"
#include "vernier/quantize.h"

namespace vernier {

/// The float model that is quantized: rewritten with standard operators only, nodes named.
struct FloatModel {
  Model model;
  std::string sha256;       ///< of the file
  std::uint64_t bytes = 0;  ///< of the file, and of those that hold its weights
  std::shared_ptr<MemoryBudget> budget;
  NativeModelOptions native;
  std::unique_ptr<ThreadPool> pool;
  std::vector<TensorInfo> inputs;
  std::vector<ValueType> outputs;  ///< as the file declares them
  std::vector<std::string> notes;  ///< on the file and the sizes that were fixed, for people
};

/// Reads a model and simplifies it with standard operators; one that is quantized is taken back to
/// floats first (`lifted`). Sizes in `options` are fixed for good. Errors: those of the importer,
/// of lifting and of the passes; usage for settings that make no sense. Weights that are integers
/// become floats, unless the model is not quantized otherwise and `keep_integers`.
Result<void> load_float_model(const std::string& path, const ModelOptions& options,
                              bool keep_integers, FloatModel& model,
                              std::optional<LiftReport>& lifted);

/// What OpenVINO makes of free dimensions in a quantized file, an unfinished sentence to which the
/// caller adds what to do; empty where all sizes of the inputs are fixed.
std::string free_sizes_risk(const Graph& graph);

/// Notes what taking a quantized model back to floats did.
void describe_lift(const LiftReport& lifted, QuantizeReport& report);

/// Samples that were read, and which could not be.
struct SampleSet {
  SampleSource* source = nullptr;
  std::vector<std::int64_t> calibration;  ///< indices
  std::vector<std::int64_t> judging;
  std::int64_t most_judged = 0;
  bool held_out = false;  ///< judging samples are none of the calibration's
  /// Calibration samples that set the range of some tensor, the one that set the most first.
  std::vector<std::int64_t> extreme;

  /// At most so many of the calibration samples, evenly over all, because neighbours in a folder
  /// are often alike.
  [[nodiscard]] std::vector<std::int64_t> some_for_calibration(std::size_t most) const;
};

/// What a quantization looks at, and what judges it.
struct QuantData {
  std::unique_ptr<SampleSource> source;
  SampleSet samples;
  Scorer scorer;
};

/// Opens options.data: the first samples calibrate, those that follow judge. `made_up` serves where
/// there is no data, and judges only. Errors: those of open_samples, of labels and of Scorer::make;
/// invalid_data E-CALIBRATION-DATA when there are no samples.
Result<QuantData> open_quant_data(const QuantizeOptions& options, const FloatModel& model,
                                  std::unique_ptr<SampleSource> made_up);

/// Where no sample is left to judge, those that calibrated do, and a note says so.
void judge_on_calibration(QuantData& data, QuantizeReport& report);

/// Whether so little of an output or a tensor is left that it is called broken.
bool is_broken(double sqnr_db);
/// Warns of outputs that the judging samples show to be mostly noise, unless --max-drop bounded the
/// loss or classes are the same all the same. After describe_agreement; `advice` says what to do.
void warn_of_noise(const std::string& advice, QuantizeReport& report);

/// Writes what was made of `from` with `what` in its metadata, and enters its size and opset.
/// Errors: those of onnx::export_model.
Result<void> export_quantized(const FloatModel& from, Model& model, const std::string& what,
                              const std::string& path, QuantizeReport& report);

/// Reports how far something is, for people.
using ProgressText = std::function<void(const std::string&)>;

/// Runs the float model on the calibration samples and collects statistics of every tensor of the
/// placement. Unreadable samples are left out of `samples.calibration` and told in `notes`. Errors:
/// invalid_data when none can be read, or one has values that are not finite.
Result<CalibrationTable> calibrate(FloatModel& model, const QdqPlacement& placement,
                                   SampleSet& samples, std::vector<std::string>& notes,
                                   const ProgressText& progress);

/// How the range of one tensor is chosen, and why so.
struct RangeChoice {
  RangeMethod method;
  std::string reason;
};
/// How ranges are chosen: one method for all tensors but those with one of their own.
struct RangeRule {
  RangeMethod usual;
  std::map<std::string, RangeChoice> own;  ///< by tensor
  /// Ranges become so many times as wide, but for inputs and what a Clip bounds.
  double head_room = 1.0;
};

/// The integers that a target has for a range of a tensor.
LinearQuant range_quant(const QuantTarget& target, const PlacedTensor& tensor, Range range);
/// A range without what lies beyond PlacedTensor::useful.
Range useful_part(Range range, const PlacedTensor& tensor);

/// Ranges and weight scales for a placement.
Result<QuantRecipe> choose_recipe(const FloatModel& model, const QdqPlacement& placement,
                                  const QuantTarget& target, const CalibrationTable& table,
                                  const RangeRule& rule);
/// The same where the file was quantized before: tensors keep what `file` says of them (or of what
/// they were made from), in the target's type, weights their scales. Uint8 becomes int8 with zero
/// point 0 at the price of a bit where a range begins at 0; int8 becomes uint8 without loss.
Result<QuantRecipe> retarget_recipe(const FloatModel& model, const QdqPlacement& placement,
                                    const QuantTarget& target, const QuantRecipe& file);

/// Raises the scales of weights that are not depthwise until no channel can saturate (see
/// quant/saturation.h).
Result<void> make_recipe_safe(const FloatModel& model, QuantRecipe& recipe);

/// The float graph with every weight of the recipe replaced by what its integers keep of it, and
/// shifted biases.
Result<Model> with_kept_weights(const FloatModel& model, const QuantRecipe& recipe);

/// Adds to the recipe what makes the mean of every weighted node's output that of the float model
/// when its input is the float model's: per-channel input means times weight errors.
Result<void> correct_biases_fast(const FloatModel& model, const QdqPlacement& placement,
                                 const CalibrationTable& table, QuantRecipe& recipe);
/// The same when its input comes from the quantized nodes before it with their corrections: all
/// samples advance together from node to node.
Result<void> correct_biases_full(FloatModel& model, const QdqPlacement& placement,
                                 const SampleSet& samples, QuantRecipe& recipe,
                                 const ProgressText& progress);

/// How near the quantized model's outputs are to the float model's.
struct OutputError {
  std::string name;
  double sqnr_db = 0.0;
  std::optional<double> top1;  ///< share of rows with the same largest element; class-like outputs
};
struct TensorError {
  std::string name;
  double sqnr_db = 0.0;  ///< of what the quantized model has there
};
struct Agreement {
  std::int64_t samples = 0;
  std::int64_t unreadable = 0;  ///< left out
  bool held_out = false;
  std::vector<OutputError> outputs;
  std::vector<TensorError> tensors;
  std::vector<PairedScore> scores;  ///< of the samples that the scorer could score
};
Result<Agreement> judge(FloatModel& model, const QdqPlacement& placement, const SampleSet& samples,
                        const QuantRecipe& recipe, const Scorer& scorer,
                        const ProgressText& progress);
/// The same for a quantized model of the same inputs and outputs; no tensors but the outputs.
Result<Agreement> judge_models(FloatModel& model, Model quantized, const SampleSet& samples,
                               const Scorer& scorer, const ProgressText& progress);

/// Error: invalid_data E-LABELS when labels were given and no judging sample has one.
Result<void> check_labels(const QuantizeOptions& options, const Agreement& agreement);

/// Enters the outputs, the loss and what has to be noted about the judging samples.
void describe_agreement(const Agreement& agreement, const Scorer& scorer, QuantizeReport& report);

}  // namespace vernier
