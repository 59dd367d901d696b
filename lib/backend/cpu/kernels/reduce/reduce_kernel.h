#pragma once
// The fp32 reductions over one run of memory: plain data and function types, no ISA code.
#include <cstddef>
#include <cstdint>

namespace vernier {

enum class ReduceKind : uint8_t { sum, sum_abs, sum_square, max, min, prod, count };

// x[0] .. x[n - 1] contiguous, n >= 1. Blocks are summed in float and totalled in double. NaN wins
// max and min.
using ReduceRowF32Fn = double (*)(const float* x, ptrdiff_t n);
// acc[j] = acc[j] o x[0, j] o x[1, j] ... for `rows` rows, `pitch` apart, of `n` elements; `first`:
// acc is only written.
using ReduceColsF32Fn = void (*)(const float* x, ptrdiff_t rows, ptrdiff_t pitch, ptrdiff_t n,
                                 float* acc, bool first);

struct ReduceF32Kernel {
  const char* name;
  const ReduceRowF32Fn* row;    // [ReduceKind::count]
  const ReduceColsF32Fn* cols;  // [ReduceKind::count]
};
#define VERNIER_REDUCE_F32(isa, kernel) extern const ReduceF32Kernel kernel;
#include "backend/cpu/kernels/reduce/kernels.inc"
#undef VERNIER_REDUCE_F32

}  // namespace vernier
