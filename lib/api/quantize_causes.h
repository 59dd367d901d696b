#pragma once

#include <string>
#include <vector>

#include "api/quantize_model.h"

namespace vernier {

/// The outputs' error when only one kind of it is made.
struct CauseError {
  std::string cause;     ///< "weights", "tensors" or "clipping", which is part of "tensors"
  double sqnr_db = 0.0;  ///< of the worst output
};

/// Acts out the recipe in parts: weights (with their biases) alone, tensors alone, and of these the
/// clipping alone; on some of the judging samples.
Result<std::vector<CauseError>> split_error(FloatModel& model, const QdqPlacement& placement,
                                            const SampleSet& samples, const QuantRecipe& recipe);

}  // namespace vernier
