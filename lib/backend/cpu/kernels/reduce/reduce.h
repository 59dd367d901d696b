#pragma once
// Reductions of a strided tensor. The walk is split into kept dims (operands y, x) and reduced dims
// (operand x); whichever holds x's contiguous dim decides between row sums and column sums. Every
// total is made by one item in a fixed order.
#include "backend/cpu/kernels/reduce/reduce_kernel.h"
#include "backend/cpu/kernels/walk/loop_nest.h"
#include "base/dtype.h"

namespace vernier {

struct ReducePlan {
  enum class Kind : uint8_t { rows, cols, strided };
  Kind kind = Kind::strided;
  RowWalk<2> kept;
  LoopNest<1> reduced;
  ptrdiff_t count = 0;  // elements of one total
};

// `kept` and `reduced` need not be normalised.
ReducePlan reduce_plan(LoopNest<2> kept, LoopNest<1> reduced);

// Totals of the kept items [begin, end); `finish` is applied by the caller's function to each
// total.
using ReduceFinishFn = double (*)(double total, ptrdiff_t count);
void reduce_f32_run(const ReduceF32Kernel& kernel, ReduceKind op, const ReducePlan& plan,
                    ReduceFinishFn finish, const float* x, float* y, ptrdiff_t begin,
                    ptrdiff_t end);

// One total of a strided set of integers (int32, int64; sums and products wrap); nullptr for other
// dtypes.
using ReduceTypedFn = void (*)(const void* x, const LoopNest<1>& nest, void* y);
ReduceTypedFn reduce_typed(ReduceKind op, DType dtype);

// Position of the largest (smallest) of n elements, `stride` apart; NaN beats any number; `last`:
// the last of equals, or the last NaN.
using ArgReduceFn = int64_t (*)(const void* x, ptrdiff_t n, ptrdiff_t stride, bool last);
ArgReduceFn arg_reduce(bool largest, DType dtype);

}  // namespace vernier
