#pragma once

#include "graph/op_def.h"

namespace vernier {

/// Softmax, LogSoftmax and Hardmax along one axis (opset 13 meaning).
struct SoftmaxParams final : OpParams {
  std::int64_t axis = -1;
};

Result<Params> parse_softmax(AttrReader& attributes, int opset);
Result<void> infer_softmax(InferContext& context);

/// Runs `line(values, count, stride)` in place on every line of a dense copy of input 0 along the
/// axis and stores the result as output 0.
using LineFunction = void (*)(double* values, std::int64_t count, std::int64_t stride);
Result<void> reference_over_axis(EvalContext& context, LineFunction line);

}  // namespace vernier
