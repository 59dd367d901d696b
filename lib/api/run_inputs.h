#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/folded_preprocess.h"
#include "base/budget.h"
#include "base/result.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "engine/engine.h"
#include "vernier/types.h"

namespace vernier {

/// Which inputs a caller wants; the meaning of the fields is that of RunOptions.
struct InputRequest {
  std::vector<std::string> files;
  std::uint64_t seed = 0;
  std::string preprocess;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
  std::int64_t batch = 0;  ///< > 0: size of the inputs' first dimension, where that is free
  std::optional<FoldedPreprocess> folded{};  ///< what the model does to pictures itself
};

/// Where an input comes from.
struct InputOrigin {
  std::string text;                        ///< for people: the file, or "synthetic (image, seed 0)"
  std::string kind;                        ///< what was made up; empty for files
  std::string file;                        ///< empty for made-up inputs
  std::optional<PreprocessRecord> record;  ///< of pictures
};

/// Tensors for a model, and where they come from (parallel).
struct GatheredInputs {
  std::vector<NamedTensor> tensors;
  std::vector<InputOrigin> origins;
  std::vector<std::pair<std::string, std::int64_t>> assumed;
  std::vector<std::string> notes;
  std::optional<LoadedImage> picture;      ///< the last one that was read
  std::optional<PreprocessRecord> record;  ///< what was done to it
  bool synthetic = false;
  /// Samples of one inference: the first dimension of the inputs where the model leaves it free, or
  /// of a picture-like input; 1 when they differ.
  std::int64_t batch = 1;
};

/// The file that an --input or --data of the form [NAME=]FILE[:MEMBER] names.
std::string input_file_of(const std::string& text);

/// Reads the files, or makes inputs up when there are none. Names, ranks and dtypes are left to
/// Engine::bind. Errors: usage E-INPUT-NAME / E-SHAPE / E-INPUT-FILE / E-BATCH (no input has a free
/// first dimension, or a file does not have that size), those of the readers.
Result<GatheredInputs> gather_inputs(std::span<const TensorInfo> inputs,
                                     const InputRequest& request,
                                     const std::shared_ptr<MemoryBudget>& budget);

}  // namespace vernier
