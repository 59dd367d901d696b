#pragma once

#include <algorithm>

#include "graph/op_def.h"
#include "ops/dense.h"

namespace vernier {

/// What the global poolings share: [N, C, spatial...] -> [N, C, 1...] for float types.
Result<void> infer_global_pool(InferContext& context);

/// Output 0 = reduce(pointer to the dense plane, its element count) for each of the N * C planes.
template <class F>
Result<void> reduce_planes(EvalContext& context, F&& reduce) {
  const TensorView& x = context.input(0);
  if (x.rank() < 2) return invalid_model("input is " + describe(x), "E-MODEL-SHAPE");
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  Shape shape = x.shape;
  std::int64_t plane = 1;
  for (std::size_t i = 2; i < shape.size(); ++i) {
    plane *= shape[i];
    shape[i] = 1;
  }
  const std::int64_t planes = shape[0] * shape[1];
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, planes));
  for (std::int64_t i = 0; i < planes; ++i) ys[i] = reduce(xs + i * plane, plane);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  return store_doubles(ys, y);
}

}  // namespace vernier
