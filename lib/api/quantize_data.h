#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/folded_preprocess.h"
#include "base/budget.h"
#include "base/result.h"
#include "engine/engine.h"

namespace vernier {

/// Whether a file of this name in a folder of samples is one of them.
bool is_sample_name(const std::string& name);

/// Samples for calibration, read one at a time.
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  [[nodiscard]] virtual std::int64_t count() const = 0;
  /// "126 pictures in crops/".
  [[nodiscard]] virtual std::string text() const = 0;
  [[nodiscard]] virtual std::string name(std::int64_t index) const = 0;
  /// Tensors parallel to the model's inputs. An unreadable picture or array is an error with code
  /// invalid_data; others can still be read.
  virtual Result<std::vector<Tensor>> load(std::int64_t index) = 0;
};

/// - a folder of pictures (.png, .jpg): for models with one picture-like input, through the preset
///   `preprocess` (when empty: what the model does itself, "unit", or "raw" for integers);
/// - an .npz file: one member an input (the only member serves the only input), one sample an entry
///   of the first axis, which is kept (size 1) where the ranks are equal;
/// - a folder of .npz files (one sample each, members by input name) or .npy files (one input).
/// Errors: invalid_data E-CALIBRATION-DATA (nothing there, wrong names, lengths that differ),
/// E-FILE-OPEN; usage for a preset that does not exist.
Result<std::unique_ptr<SampleSource>> open_samples(const std::string& path,
                                                   const std::string& preprocess,
                                                   const std::optional<FoldedPreprocess>& folded,
                                                   std::span<const TensorInfo> inputs,
                                                   const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
