#pragma once

#include "graph/op_def.h"

namespace vernier {

/// What HannWindow, HammingWindow and BlackmanWindow share: w[n] = a0 - a1 cos(2 pi n / N) +
/// a2 cos(4 pi n / N) with N = size when periodic, size - 1 otherwise.
struct CosineWindowParams final : OpParams {
  DType output_dtype = DType::float32;
  bool periodic = true;
};
struct CosineWindow {
  double a0 = 0.0;
  double a1 = 0.0;
  double a2 = 0.0;
};
Result<Params> parse_cosine_window(AttrReader& attributes, int opset);
Result<void> infer_cosine_window(InferContext& context);
Result<void> eval_cosine_window(EvalContext& context, const CosineWindow& window);

}  // namespace vernier
