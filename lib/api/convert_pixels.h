#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "api/convert_verify.h"
#include "base/budget.h"
#include "base/result.h"
#include "data/preprocess.h"
#include "graph/graph.h"
#include "vernier/convert.h"

namespace vernier {

/// What `convert --fold-preprocess` takes into a model.
struct PixelFolding {
  std::size_t input = 0;  ///< of the graph
  std::string name;       ///< of that input
  std::string preset;     ///< how pictures are resized
  PreprocessValues values;
  bool is_preset = false;  ///< the values are the preset's, too
};

/// Reads "PRESET", "PRESET,KEY=VALUE,..." or "KEY=VALUE,..." (keys scale, mean, std, color, resize,
/// input; see docs/convert.md) for a graph. Errors: usage E-CONVERT-PREPROCESS for what cannot be
/// read; unsupported E-CONVERT-PREPROCESS for an input that takes no pictures, and presets whose
/// padding no pixel can be.
Result<PixelFolding> plan_pixel_folding(const Graph& graph, const std::string& text);

/// Folds, and writes the metadata and the step of the report.
Result<void> fold_preprocess(Model& model, const PixelFolding& folding, ConvertReport& report,
                             const std::shared_ptr<MemoryBudget>& budget);

/// The same pictures for the model before and after.
struct FoldedInputs {
  InputSets before;
  InputSets after;
};
/// `ports`: the inputs before. Pictures of the options go through the preset; made-up pixels are
/// scaled by the definition of the values. `at_least`: as for conversion_inputs.
Result<FoldedInputs> folded_inputs(const std::vector<TensorInfo>& ports,
                                   const PixelFolding& folding, const ConvertOptions& options,
                                   std::size_t at_least);

}  // namespace vernier
