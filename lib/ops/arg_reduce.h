#pragma once

#include <cstdint>

#include "ops/shapes.h"

namespace vernier {

/// ArgMax and ArgMin: int64 index of the first (or last) extreme value along one axis; NaN counts
/// as more extreme than any number.
struct ArgReduceParams final : OpParams {
  std::int64_t axis = 0;  ///< in [-rank, rank)
  bool keepdims = true;
  bool select_last_index = false;
};
Result<Params> parse_arg_reduce(AttrReader& attributes, int opset);
Result<void> infer_arg_reduce(InferContext& context);
Result<void> eval_arg_reduce(EvalContext& context, bool maximum);

}  // namespace vernier
