#pragma once
// Elementwise functions by operator and dtype. eltwise_typed_* are plain loops for every dtype but
// fp32, the comparisons and what only libm has; eltwise_f32_run lifts the vector functions' limits
// on strides.
#include "backend/cpu/kernels/eltwise/eltwise_kernel.h"
#include "base/dtype.h"

namespace vernier {

// Runs a vector function (`inputs` operands) on any steps: rows that it can't take go through small
// stack buffers.
bool eltwise_f32_run(EltwiseFn fn, int inputs, const EltwiseArgs& args);

// Plain loops over any steps; nullptr where the dtype has none. Integers wrap; INT_MIN / -1 =
// INT_MIN.
EltwiseFn eltwise_typed_unary(UnaryOp op, DType dtype);
EltwiseFn eltwise_typed_binary(BinaryOp op, DType dtype);
// y = x0 ? x1 : x2; x0 is bool, x1, x2, y have elements of 1, 2, 4 or 8 bytes.
EltwiseFn eltwise_where(size_t element_bytes);
// y = (To)x0. Floats to integers truncate and saturate, NaN gives 0; to bool: x != 0.
EltwiseFn eltwise_cast(DType from, DType to);

}  // namespace vernier
