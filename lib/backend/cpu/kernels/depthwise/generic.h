#pragma once
// One output row of a depthwise convolution, once for every ISA. Include after one simd/vec_*.h.
#include "backend/cpu/kernels/depthwise/depthwise.h"
#include "backend/cpu/kernels/simd/vec_activation.h"

namespace vernier {
namespace {

constexpr int kTilePixels = 8;
alignas(64) constexpr float kPaddingZeros[16] = {};

// A tile of pixels of one output row, over `vectors` vectors of channels. Pointers are at the first
// channel.
struct DepthwiseTile {
  const float* src;      // image, first kernel row that is not padding, input column 0
  ptrdiff_t row_stride;  // between kernel rows (dilation included)
  ptrdiff_t pitch;       // between input columns
  ptrdiff_t x;           // input column of tap 0 of the tile's first pixel; may be negative
  ptrdiff_t iw;
  ptrdiff_t stride_w, dilation_w;
  ptrdiff_t rows, kw;      // kernel rows that are not padding; kernel columns
  const float* weights;    // of the first of those rows
  ptrdiff_t weight_pitch;  // between taps
  const float* bias;       // or null
  const float* residual;   // first pixel, or null
  ptrdiff_t residual_pitch;
  float* dst;
  ptrdiff_t dst_pitch;
  ptrdiff_t vectors;
  ptrdiff_t lanes;  // channels of the vector, where it is a partial one (vectors is 1 then)
  bool clip;
  float lo, hi;
};

template <bool kFull>
VERNIER_INLINE VecF32 load_lanes(const float* p, ptrdiff_t lanes) {
  return kFull ? load(p) : load_partial(p, lanes);
}

template <int kPixels, bool kFull>
VERNIER_INLINE void start_tile(const DepthwiseTile& t, ptrdiff_t c, VecF32* acc) {
  const VecF32 b = t.bias != nullptr ? load_lanes<kFull>(t.bias + c, t.lanes) : zero();
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) acc[p] = b;
  if (t.residual != nullptr) {
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; ++p) {
      acc[p] = add(acc[p], load_lanes<kFull>(t.residual + c + p * t.residual_pitch, t.lanes));
    }
  }
}

template <int kPixels, bool kFull>
VERNIER_INLINE void finish_tile(const DepthwiseTile& t, ptrdiff_t c, VecF32* acc) {
  if (t.clip) {
    const VecF32 lo = broadcast(t.lo);
    const VecF32 hi = broadcast(t.hi);
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; ++p) acc[p] = clamp(acc[p], lo, hi);
  }
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; ++p) {
    if constexpr (kFull) {
      store(t.dst + c + p * t.dst_pitch, acc[p]);
    } else {
      store_partial(t.dst + c + p * t.dst_pitch, acc[p], t.lanes);
    }
  }
}

// Pointer to the channels of input column x, or to zeros in the padding.
template <bool kPadded>
VERNIER_INLINE const float* column_at(const DepthwiseTile& t, const float* row, ptrdiff_t x) {
  if constexpr (kPadded) {
    if (x < 0 || x >= t.iw) return kPaddingZeros;
  }
  return row + x * t.pitch;
}

// Known kernel width and stride, no dilation: an input vector is loaded once for all pixels that
// use it.
template <int kW, int kStride, int kPixels, bool kPadded, bool kFull>
void fixed_tile(const DepthwiseTile& t) {
  for (ptrdiff_t v = 0; v < t.vectors; ++v) {
    const ptrdiff_t c = v * VecF32::kLanes;
    VecF32 acc[static_cast<size_t>(kPixels)];
    start_tile<kPixels, kFull>(t, c, acc);
    const float* row = t.src + c;
    const float* weights = t.weights + c;
    for (ptrdiff_t ky = 0; ky < t.rows; ++ky, row += t.row_stride, weights += kW * t.weight_pitch) {
      VecF32 w[static_cast<size_t>(kW)];
#pragma GCC unroll 8
      for (int kx = 0; kx < kW; ++kx) w[kx] = load(weights + kx * t.weight_pitch);
#pragma GCC unroll 32
      for (int i = 0; i < (kPixels - 1) * kStride + kW; ++i) {
        const VecF32 x = load_lanes<kFull>(column_at<kPadded>(t, row, t.x + i), t.lanes);
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
          const int kx = i - p * kStride;
          if (kx >= 0 && kx < kW) acc[p] = fmadd(x, w[kx], acc[p]);
        }
      }
    }
    finish_tile<kPixels, kFull>(t, c, acc);
  }
}

template <int kPixels, bool kPadded, bool kFull>
void any_tile(const DepthwiseTile& t) {
  for (ptrdiff_t v = 0; v < t.vectors; ++v) {
    const ptrdiff_t c = v * VecF32::kLanes;
    VecF32 acc[static_cast<size_t>(kPixels)];
    start_tile<kPixels, kFull>(t, c, acc);
    const float* row = t.src + c;
    const float* weights = t.weights + c;
    for (ptrdiff_t ky = 0; ky < t.rows; ++ky, row += t.row_stride) {
      for (ptrdiff_t kx = 0; kx < t.kw; ++kx, weights += t.weight_pitch) {
        const VecF32 w = load(weights);
#pragma GCC unroll 8
        for (int p = 0; p < kPixels; ++p) {
          const ptrdiff_t x = t.x + p * t.stride_w + kx * t.dilation_w;
          acc[p] = fmadd(load_lanes<kFull>(column_at<kPadded>(t, row, x), t.lanes), w, acc[p]);
        }
      }
    }
    finish_tile<kPixels, kFull>(t, c, acc);
  }
}

using DepthwiseTileFn = void (*)(const DepthwiseTile&);

// Tiles of 1..8 pixels of one (kernel width, stride); width 0 takes any.
template <int kW, int kStride, bool kPadded, bool kFull>
struct DepthwiseTiles {
  template <int kPixels>
  static constexpr DepthwiseTileFn tile() {
    if constexpr (kW == 0) {
      return any_tile<kPixels, kPadded, kFull>;
    } else {
      return fixed_tile<kW, kStride, kPixels, kPadded, kFull>;
    }
  }
  static constexpr DepthwiseTileFn kFns[kTilePixels] = {tile<1>(), tile<2>(), tile<3>(), tile<4>(),
                                                        tile<5>(), tile<6>(), tile<7>(), tile<8>()};
};

template <int kW, int kStride>
struct DepthwiseShapeTiles {
  // Partial vectors are the last of a row at most, so that they take the general path.
  static constexpr const DepthwiseTileFn* kFns[4] = {
      DepthwiseTiles<kW, kStride, false, true>::kFns, DepthwiseTiles<kW, kStride, true, true>::kFns,
      DepthwiseTiles<0, 0, false, false>::kFns, DepthwiseTiles<0, 0, true, false>::kFns};
};

inline const DepthwiseTileFn* const* depthwise_tiles(const DepthwiseF32Args& a) {
  if (a.dilation_w == 1) {
    if (a.kw == 3 && a.stride_w == 1) return DepthwiseShapeTiles<3, 1>::kFns;
    if (a.kw == 3 && a.stride_w == 2) return DepthwiseShapeTiles<3, 2>::kFns;
    if (a.kw == 5 && a.stride_w == 1) return DepthwiseShapeTiles<5, 1>::kFns;
    if (a.kw == 5 && a.stride_w == 2) return DepthwiseShapeTiles<5, 2>::kFns;
  }
  return DepthwiseShapeTiles<0, 0>::kFns;
}

// All pixel tiles of channels [c_begin, c_end) of one output row.
void depthwise_row(const DepthwiseF32Args& a, ptrdiff_t image, ptrdiff_t y, ptrdiff_t c_begin,
                   ptrdiff_t c_end) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const DepthwiseTileFn* const* fns = depthwise_tiles(a);
  const ptrdiff_t channels_padded = (a.channels + kL - 1) / kL * kL;
  const ptrdiff_t iy = y * a.stride_h - a.pad_top;
  ptrdiff_t ky_begin = iy < 0 ? (-iy + a.dilation_h - 1) / a.dilation_h : 0;
  ptrdiff_t ky_end = iy < a.ih ? (a.ih - iy + a.dilation_h - 1) / a.dilation_h : 0;
  if (ky_end > a.kh) ky_end = a.kh;
  if (ky_begin > ky_end) ky_begin = ky_end;

  DepthwiseTile t;
  t.row_stride = a.dilation_h * a.src_h;
  t.pitch = a.src_w;
  t.iw = a.iw;
  t.stride_w = a.stride_w;
  t.dilation_w = a.dilation_w;
  t.rows = ky_end - ky_begin;
  t.kw = a.kw;
  t.weight_pitch = channels_padded;
  t.residual_pitch = a.residual_w;
  t.dst_pitch = a.dst_w;
  t.clip = activation_is_clamp(a.act.kind);
  t.lo = a.act.kind == ActivationKind::relu ? 0.0F : a.act.alpha;
  t.hi = a.act.kind == ActivationKind::relu ? __builtin_inff() : a.act.beta;

  const ptrdiff_t src_row =
      t.rows > 0 ? image * a.src_n + (iy + ky_begin * a.dilation_h) * a.src_h : 0;
  float* const dst_row = a.dst + image * a.dst_n + y * a.dst_h;
  const float* const res_row =
      a.residual != nullptr ? a.residual + image * a.residual_n + y * a.residual_h : nullptr;
  const ptrdiff_t tiles = (a.ow + kTilePixels - 1) / kTilePixels;
  const ptrdiff_t base = a.ow / tiles;
  const ptrdiff_t extra = a.ow % tiles;
  ptrdiff_t x = 0;
  for (ptrdiff_t i = 0; i < tiles; ++i) {
    const ptrdiff_t pixels = base + (i < extra ? 1 : 0);
    t.x = x * a.stride_w - a.pad_left;
    const ptrdiff_t last = t.x + (pixels - 1) * a.stride_w + (a.kw - 1) * a.dilation_w;
    const int padded = t.x < 0 || last >= a.iw ? 1 : 0;
    const auto at_channel = [&](ptrdiff_t c) {
      t.src = a.src + src_row + c;
      t.weights = a.packed + ky_begin * a.kw * channels_padded + c;
      t.bias = a.bias != nullptr ? a.bias + c : nullptr;
      t.residual = res_row != nullptr ? res_row + x * a.residual_w + c : nullptr;
      t.dst = dst_row + x * a.dst_w + c;
    };
    const ptrdiff_t full = (c_end - c_begin) / kL;
    t.lanes = kL;
    t.vectors = full;
    at_channel(c_begin);
    fns[padded][pixels - 1](t);
    t.lanes = c_end - c_begin - full * kL;
    if (t.lanes > 0) {
      t.vectors = 1;
      at_channel(c_begin + full * kL);
      fns[2 + padded][pixels - 1](t);
    }
    x += pixels;
  }
  if (a.act.kind != ActivationKind::none && !t.clip) {
    activate_rows_f32(a.act, dst_row + c_begin, a.dst_w, a.ow, c_end - c_begin);
  }
}

}  // namespace
}  // namespace vernier
