#pragma once
// softmax_f32: y = e^(x - m) / sum e^(x - m), m = max x, along one axis; log: y = x - m - log sum
// e^(x - m). rows: the axis is contiguous. cols: the axis is strided and neighbours in memory
// belong to other softmaxes.
#include <cstddef>

namespace vernier {

struct SoftmaxF32Args {
  const float* x;
  float* y;           // may be x, with the same pitch
  ptrdiff_t rows;     // rows: number of softmaxes; cols: elements along the axis
  ptrdiff_t n;        // rows: elements along the axis; cols: number of softmaxes
  ptrdiff_t x_pitch;  // between rows
  ptrdiff_t y_pitch;
};
using SoftmaxF32Fn = void (*)(const SoftmaxF32Args& args);

struct SoftmaxF32Kernel {
  const char* name;
  SoftmaxF32Fn rows;
  SoftmaxF32Fn cols;
  SoftmaxF32Fn log_rows;
  SoftmaxF32Fn log_cols;
};
#define VERNIER_SOFTMAX_F32(isa, kernel) extern const SoftmaxF32Kernel kernel;
#include "backend/cpu/kernels/softmax/kernels.inc"
#undef VERNIER_SOFTMAX_F32

}  // namespace vernier
