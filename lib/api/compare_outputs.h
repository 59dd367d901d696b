#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/side_by_side.h"
#include "vernier/compare.h"

namespace vernier {

/// Every output of engine `i` against the first engine's. `max_rel_l2` absent: the tolerance that
/// suits both precisions.
std::vector<OutputComparison> compare_outputs_of(const SideBySide& both, std::size_t i,
                                                 std::optional<double> max_rel_l2);

/// The tolerance of the above.
double tolerance_of(const SideBySide& both, std::size_t i, std::optional<double> max_rel_l2);

/// The first outputs, decoded as YOLO heads. Errors: those of decode_yolo; usage E-COMPARE-TASK
/// without a picture as input.
Result<DetectionAgreement> compare_detections(const SideBySide& both, std::size_t i);

}  // namespace vernier
