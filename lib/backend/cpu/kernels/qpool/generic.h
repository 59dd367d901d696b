#pragma once
// Pooling rows, once for every ISA. Include after one qsimd/vec_int_*.h.
#include "backend/cpu/kernels/qpool/qpool.h"
#include "backend/cpu/kernels/qsimd/finish.h"

namespace vernier {
namespace {

// The taps of one window that lie inside the input: [h, h_end) x [w, w_end) of the kernel.
struct QWindow {
  ptrdiff_t h, h_end, w, w_end;
  const uint8_t* src;  // of tap (0, 0), which may lie outside
};

VERNIER_INLINE void clip_taps(ptrdiff_t first, ptrdiff_t dilation, ptrdiff_t limit, ptrdiff_t taps,
                              ptrdiff_t* begin, ptrdiff_t* end) {
  *begin = first < 0 ? (-first + dilation - 1) / dilation : 0;
  *end = first < limit ? (limit - first + dilation - 1) / dilation : 0;
  if (*end > taps) *end = taps;
  if (*begin > *end) *begin = *end;
}

VERNIER_INLINE QWindow q_window(const QPoolArgs& a, ptrdiff_t ow) {
  QWindow w;
  const ptrdiff_t first_w = ow * a.stride_w - a.pad_w;
  clip_taps(a.first_h, a.dilation_h, a.in_h, a.kernel_h, &w.h, &w.h_end);
  clip_taps(first_w, a.dilation_w, a.in_w, a.kernel_w, &w.w, &w.w_end);
  w.src = static_cast<const uint8_t*>(a.src) + a.first_h * a.src_row + first_w * a.src_pixel;
  return w;
}

VERNIER_INLINE const uint8_t* tap_at(const QPoolArgs& a, const QWindow& w, ptrdiff_t kh,
                                     ptrdiff_t kw) {
  return w.src + kh * a.dilation_h * a.src_row + kw * a.dilation_w * a.src_pixel;
}

template <bool kSigned>
void q_max_pixel(const QPoolArgs& a, const QWindow& w, uint8_t* y) {
  VecU8 lowest;
  {
    uint8_t bytes[static_cast<size_t>(VecU8::kBytes)];
    for (uint8_t& b : bytes) b = kSigned ? 0x80 : 0x00;
    lowest = load_u8(bytes);
  }
  ptrdiff_t c = 0;
  for (; c + VecU8::kBytes <= a.channels; c += VecU8::kBytes) {
    VecU8 m = lowest;
    for (ptrdiff_t kh = w.h; kh < w.h_end; ++kh) {
      for (ptrdiff_t kw = w.w; kw < w.w_end; ++kw) {
        const VecU8 x = load_u8(tap_at(a, w, kh, kw) + c);
        m = kSigned ? max_s8(m, x) : max_u8(m, x);
      }
    }
    store_u8(y + c, m);
  }
  for (; c < a.channels; c += VecF32::kLanes) {
    const ptrdiff_t left = a.channels - c;
    const ptrdiff_t n = left < VecF32::kLanes ? left : VecF32::kLanes;
    VecI32 m = seti(kSigned ? -128 : 0);
    for (ptrdiff_t kh = w.h; kh < w.h_end; ++kh) {
      for (ptrdiff_t kw = w.w; kw < w.w_end; ++kw) {
        m = maxi(m, load_bytes_partial<kSigned>(tap_at(a, w, kh, kw) + c, n));
      }
    }
    store_bytes_partial(y + c, m, n);
  }
}

inline void q_max_row(const QPoolArgs& a) {
  auto* y = static_cast<uint8_t*>(a.dst);
  for (ptrdiff_t ow = 0; ow < a.out_w; ++ow, y += a.dst_pixel) {
    const QWindow w = q_window(a, ow);
    a.is_signed ? q_max_pixel<true>(a, w, y) : q_max_pixel<false>(a, w, y);
  }
}

struct QMean {
  VecF32 factor, lo, hi;
  VecI32 bias;  // less the zero points of the taps
  VecI32 zero;
};

template <bool kSigned, int kVectors>
void q_average_channels(const QPoolArgs& a, const QWindow& w, const QMean& mean, ptrdiff_t c,
                        ptrdiff_t n, uint8_t* y) {
  VecI32 sum[static_cast<size_t>(kVectors)];
#pragma GCC unroll 4
  for (int i = 0; i < kVectors; ++i) sum[i] = mean.bias;
  for (ptrdiff_t kh = w.h; kh < w.h_end; ++kh) {
    for (ptrdiff_t kw = w.w; kw < w.w_end; ++kw) {
      const uint8_t* x = tap_at(a, w, kh, kw) + c;
#pragma GCC unroll 4
      for (int i = 0; i < kVectors; ++i) {
        sum[i] = addi(sum[i], kVectors > 1 ? load_bytes<kSigned>(x + i * VecF32::kLanes)
                                           : load_bytes_partial<kSigned>(x, n));
      }
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < kVectors; ++i) {
    const VecF32 t = clamp(mul(to_float(sum[i]), mean.factor), mean.lo, mean.hi);
    const VecI32 v = addi(round_to_int(t), mean.zero);
    if constexpr (kVectors > 1) {
      store_bytes(y + c + i * VecF32::kLanes, v);
    } else {
      store_bytes_partial(y + c, v, n);
    }
  }
}

template <bool kSigned>
void q_average_pixel(const QPoolArgs& a, const QWindow& w, const QMean& mean, uint8_t* y) {
  constexpr ptrdiff_t kGroup = 4 * VecF32::kLanes;
  ptrdiff_t c = 0;
  for (; c + kGroup <= a.channels; c += kGroup) {
    q_average_channels<kSigned, 4>(a, w, mean, c, kGroup, y);
  }
  for (; c < a.channels; c += VecF32::kLanes) {
    const ptrdiff_t left = a.channels - c;
    q_average_channels<kSigned, 1>(a, w, mean, c, left < VecF32::kLanes ? left : VecF32::kLanes, y);
  }
}

inline void q_average_row(const QPoolArgs& a) {
  auto* y = static_cast<uint8_t*>(a.dst);
  QMean mean;
  mean.lo = broadcast(static_cast<float>(a.y_lo - a.y_zero));
  mean.hi = broadcast(static_cast<float>(a.y_hi - a.y_zero));
  mean.zero = seti(a.y_zero);
  for (ptrdiff_t ow = 0; ow < a.out_w; ++ow, y += a.dst_pixel) {
    const QWindow w = q_window(a, ow);
    const ptrdiff_t taps = (w.h_end - w.h) * (w.w_end - w.w);
    ptrdiff_t count = taps;
    if (a.count_padding) {
      ptrdiff_t begin = 0;
      ptrdiff_t h_end = 0;
      ptrdiff_t w_end = 0;
      clip_taps(a.first_h, a.dilation_h, a.in_h + a.pad_end_h, a.kernel_h, &begin, &h_end);
      clip_taps(ow * a.stride_w - a.pad_w, a.dilation_w, a.in_w + a.pad_end_w, a.kernel_w, &begin,
                &w_end);
      count = h_end * w_end;
    }
    // Without any tap the sum is 0 and so is its mean.
    mean.factor = broadcast(a.scale / static_cast<float>(count > 0 ? count : 1));
    mean.bias = seti(static_cast<int32_t>(-taps * a.x_zero));
    a.is_signed ? q_average_pixel<true>(a, w, mean, y) : q_average_pixel<false>(a, w, mean, y);
  }
}

}  // namespace
}  // namespace vernier
