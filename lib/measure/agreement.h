#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "measure/measurement.h"

namespace vernier {

/// Differences of one output.
struct TensorDifference {
  double rel_l2 = 0.0;  ///< |a - b| / |b| over all elements; |a| when b is all zero
  double cosine = 1.0;  ///< 1 when both are all zero
  double max_abs = 0.0;
  std::optional<bool>
      top1_agree;      ///< for [classes] and [N, classes], classes > 1: every row's argmax
  std::string reason;  ///< dtype, shape, NaN or infinity that do not match; then rel_l2 is infinite
};

/// `actual` against `expected`. NaN matches NaN and infinities of equal sign match; strings and
/// bools match when equal (rel_l2 is the share of unequal elements).
TensorDifference compare_tensors(const TensorView& actual, const TensorView& expected);

/// The max_rel_l2 that counts as agreement with an fp32 baseline: fp32 1e-3, fp32_fast 1e-3, fp16
/// 1e-2, bf16 5e-2, int8 0.2.
double default_max_rel_l2(std::string_view precision) noexcept;

/// Outputs are matched by name. `tolerance` bounds rel_l2 of every output.
OutputAgreement compare_outputs(std::span<const NamedTensor> actual,
                                std::span<const NamedTensor> expected, double tolerance);

}  // namespace vernier
