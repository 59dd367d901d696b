#pragma once
// norm_f32: y = (x - mean) / sqrt(var + epsilon) * scale + bias over rows of contiguous elements;
// rms: mean is taken as 0 (so var is the mean of squares).
#include <cstddef>

namespace vernier {

struct NormF32Args {
  const float* x;
  float* y;  // may be x
  ptrdiff_t rows;
  ptrdiff_t n;
  ptrdiff_t x_pitch;
  ptrdiff_t y_pitch;
  const float* scale;     // null: 1
  const float* bias;      // null: 0
  ptrdiff_t affine_step;  // 1: scale and bias have n elements; 0: one element for the whole row
  float epsilon;
  float* mean;     // [rows] results, or null
  float* inv_std;  // [rows] 1 / sqrt(var + epsilon), or null
};
using NormF32Fn = void (*)(const NormF32Args& args);

struct NormF32Kernel {
  const char* name;
  NormF32Fn layer;
  NormF32Fn rms;
};
#define VERNIER_NORM_F32(isa, kernel) extern const NormF32Kernel kernel;
#include "backend/cpu/kernels/norm/kernels.inc"
#undef VERNIER_NORM_F32

}  // namespace vernier
