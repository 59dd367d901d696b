#pragma once
// Winograd F(4x4, 3x3): a 3x3 convolution of stride 1 with a quarter of the multiplications of the
// direct one.
//
//   Y = A^T [ (G g G^T) . (B^T d B) ] A     for each 4x4 tile of output pixels, d its 6x6 input
//   patch
//
// Toom-Cook interpolation at 0, +-3/4, +-3/2 and infinity; their squares are exact and the error is
// about twice the direct convolution's (with the textbook's 0, +-1, +-2 it is five times). The 36
// products over channels are matrix products on the gemm register tiles. Because sums are
// regrouped, an infinity or NaN in the input makes every output that the direct convolution makes
// infinite or NaN infinite or NaN too, and may reach others of the same tiles.
#include <cstddef>

namespace vernier {

constexpr ptrdiff_t kWinogradTile = 4;   // output pixels on a side
constexpr ptrdiff_t kWinogradPatch = 6;  // input pixels on a side
constexpr ptrdiff_t kWinogradPoints = kWinogradPatch * kWinogradPatch;

struct WinogradInputArgs {
  const float* const* patch;  // [36] pixels of d, each `channels` floats
  ptrdiff_t channels;
  float* dst;  // point i at dst + i * point_stride; channels rounded up to lanes are written
  ptrdiff_t point_stride;
};

struct WinogradOutputArgs {
  const float* src;  // point i at src + i * point_stride, channels rounded up to lanes are readable
  ptrdiff_t point_stride;
  ptrdiff_t channels;
  ptrdiff_t rows, columns;  // pixels of the tile that exist, 1..4
  const float* bias;        // `channels` floats or null
  const float* residual;    // or null
  ptrdiff_t residual_h, residual_w;
  float* dst;
  ptrdiff_t dst_h, dst_w;
  bool clip;
  float lo, hi;
};

// One row of winograd.inc.
struct WinogradF32Kernel {
  const char* name;
  int lanes;
  void (*input)(const WinogradInputArgs& args);
  void (*output)(const WinogradOutputArgs& args);
};

#define VERNIER_WINOGRAD_F32(isa, kernel) extern const WinogradF32Kernel kernel;
#include "backend/cpu/kernels/conv/winograd.inc"
#undef VERNIER_WINOGRAD_F32

}  // namespace vernier
