#pragma once
// The transposing tile of the copy family: plain data and function types, no ISA code.
#include <cstddef>
#include <cstdint>

namespace vernier {

// dst[i * dst_pitch + j] = src[j * src_pitch + i], i < rows, j < cols; 32-bit elements.
using TransposeB32Fn = void (*)(const uint32_t* src, ptrdiff_t src_pitch, uint32_t* dst,
                                ptrdiff_t dst_pitch, ptrdiff_t rows, ptrdiff_t cols);
struct CopyKernel {
  const char* name;
  TransposeB32Fn transpose_b32;
};
#define VERNIER_COPY(isa, kernel) extern const CopyKernel kernel;
#include "backend/cpu/kernels/copy/kernels.inc"
#undef VERNIER_COPY

}  // namespace vernier
