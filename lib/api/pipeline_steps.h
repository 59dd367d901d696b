#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/folded_preprocess.h"
#include "base/budget.h"
#include "base/result.h"
#include "data/media.h"
#include "data/preprocess.h"
#include "engine/engine.h"
#include "measure/pipeline.h"

namespace vernier {

struct PictureStepsOptions {
  std::string preprocess;                    ///< preset; empty: "unit", or "raw" for integer inputs
  std::optional<FoldedPreprocess> folded{};  ///< what the model does to pictures itself
  double min_score = 0.25;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;  ///< input -> shape
};

/// Pictures through a loaded engine whose model has one input, a picture's.
class PictureSteps final : public PipelineSteps {
 public:
  /// `media` and `engine` must outlive the object. Errors: usage E-INPUT-NAME (no input, or
  /// several), unsupported E-PIPELINE-BATCH (the model wants several pictures at a time), usage
  /// E-PREPROCESS-NAME.
  static Result<std::unique_ptr<PictureSteps>> create(MediaSource& media, Engine& engine,
                                                      const PictureStepsOptions& options,
                                                      std::shared_ptr<MemoryBudget> budget);

  [[nodiscard]] std::string name(std::int64_t index) const override { return media_.name(index); }
  [[nodiscard]] bool any_order() const override { return media_.any_order(); }
  Result<bool> decode(PipelineItem& item) override;
  Result<void> preprocess(PipelineItem& item) override;
  Result<std::int64_t> infer(PipelineItem& item) override;
  Result<void> postprocess(PipelineItem& item) override;

  [[nodiscard]] const std::string& preset() const noexcept { return preset_; }
  /// "yolo", "top-5" or "none".
  [[nodiscard]] std::string postprocessing() const;
  [[nodiscard]] const TensorInfo& input() const noexcept { return input_; }
  /// While set, postprocess also draws the boxes into this directory. Not between two steps.
  void draw_into(const std::string& directory, std::vector<std::string> labels);
  void draw_nowhere() { directory_.clear(); }
  /// What was done to the first picture; absent before it. Not while steps run.
  [[nodiscard]] const std::optional<PreprocessRecord>& first_record() const { return record_; }
  [[nodiscard]] std::int64_t first_bind_ns() const noexcept { return first_bind_ns_; }
  [[nodiscard]] std::int64_t first_inference_ns() const noexcept { return first_inference_ns_; }

 private:
  PictureSteps(MediaSource& media, Engine& engine, std::shared_ptr<MemoryBudget> budget)
      : media_(media), engine_(engine), budget_(std::move(budget)) {}

  MediaSource& media_;
  Engine& engine_;
  std::shared_ptr<MemoryBudget> budget_;  // shared: tensors give their bytes back
  TensorInfo input_;
  ImageInputSpec spec_;
  std::string preset_;
  double min_score_ = 0.25;
  std::string directory_;
  std::vector<std::string> labels_;
  std::optional<PreprocessRecord> record_;
  std::int64_t first_bind_ns_ = 0;
  std::int64_t first_inference_ns_ = 0;
};

}  // namespace vernier
