#pragma once
// Include after one simd/vec_*.h.
#include "backend/cpu/kernels/pool/pool.h"

namespace vernier {
namespace {

struct Range {
  ptrdiff_t begin, end;
};

// Taps k in [0, count) with 0 <= first + k * step < size.
VERNIER_INLINE Range taps_inside(ptrdiff_t first, ptrdiff_t step, ptrdiff_t count, ptrdiff_t size) {
  const ptrdiff_t begin = first < 0 ? (-first + step - 1) / step : 0;
  const ptrdiff_t end = first < size ? (size - first + step - 1) / step : 0;
  return {begin, end < count ? end : count};
}

template <bool kPartial>
VERNIER_INLINE VecF32 load_some(const float* p, ptrdiff_t n) {
  if constexpr (kPartial) return load_partial(p, n);
  return load(p);
}
template <bool kPartial>
VERNIER_INLINE void store_some(float* p, VecF32 v, ptrdiff_t n) {
  if constexpr (kPartial) {
    store_partial(p, v, n);
  } else {
    store(p, v);
  }
}

constexpr ptrdiff_t kMaxColumns = 8;

// Overlapping windows along the row share the maximum of each column, kept in a ring of kernel_w
// entries.
template <int NV, bool kPartial>
void max_columns(const PoolF32Args& args, ptrdiff_t c0, ptrdiff_t tail) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const VecF32 lowest = broadcast(-__builtin_inff());
  const Range h = taps_inside(args.first_h, args.dilation_h, args.kernel_h, args.in_h);
  VecF32 columns[kMaxColumns][size_t{NV}];
  const float* top = args.src + (args.first_h + h.begin * args.dilation_h) * args.src_row + c0;
  const ptrdiff_t down = args.dilation_h * args.src_row;
  ptrdiff_t done =
      -args.pad_w;  // columns before it are in the ring; stride_w < kernel_w leaves no gaps
  ptrdiff_t slot = 0;
  for (ptrdiff_t ow = 0; ow < args.out_w; ++ow) {
    const ptrdiff_t first = ow * args.stride_w - args.pad_w;
    for (; done < first + args.kernel_w; ++done) {
      VecF32* column = columns[slot];
      slot = slot + 1 == args.kernel_w ? 0 : slot + 1;
      for (int v = 0; v < NV; ++v) column[v] = lowest;
      if (done < 0 || done >= args.in_w) continue;
      const float* p = top + done * args.src_pixel;
      for (ptrdiff_t k = h.begin; k < h.end; ++k, p += down) {
        for (int v = 0; v < NV; ++v) {
          column[v] = max_nan(column[v], load_some<kPartial>(p + v * kL, tail));
        }
      }
    }
    VecF32 acc[size_t{NV}];
    for (int v = 0; v < NV; ++v) acc[v] = columns[0][v];
    for (ptrdiff_t k = 1; k < args.kernel_w; ++k) {
      for (int v = 0; v < NV; ++v) acc[v] = max_nan(acc[v], columns[k][v]);
    }
    float* y = args.dst + ow * args.dst_pixel + c0;
    for (int v = 0; v < NV; ++v) store_some<kPartial>(y + v * kL, acc[v], tail);
  }
}

template <bool kMax, int NV, bool kPartial>
void pool_block(const PoolF32Args& args, ptrdiff_t c0, ptrdiff_t tail) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const Range h = taps_inside(args.first_h, args.dilation_h, args.kernel_h, args.in_h);
  for (ptrdiff_t ow = 0; ow < args.out_w; ++ow) {
    const ptrdiff_t first_w = ow * args.stride_w - args.pad_w;
    const Range w = taps_inside(first_w, args.dilation_w, args.kernel_w, args.in_w);
    VecF32 acc[size_t{NV}];
    for (int v = 0; v < NV; ++v) acc[v] = kMax ? broadcast(-__builtin_inff()) : zero();
    for (ptrdiff_t kh = h.begin; kh < h.end; ++kh) {
      const float* row = args.src + (args.first_h + kh * args.dilation_h) * args.src_row + c0;
      for (ptrdiff_t kw = w.begin; kw < w.end; ++kw) {
        const float* p = row + (first_w + kw * args.dilation_w) * args.src_pixel;
        for (int v = 0; v < NV; ++v) {
          const VecF32 x = load_some<kPartial>(p + v * kL, tail);
          acc[v] = kMax ? max_nan(acc[v], x) : add(acc[v], x);
        }
      }
    }
    if constexpr (!kMax) {
      Range ch = h;
      Range cw = w;
      if (args.count_padding) {
        ch = {0,
              taps_inside(args.first_h, args.dilation_h, args.kernel_h, args.in_h + args.pad_end_h)
                  .end};
        cw = {0,
              taps_inside(first_w, args.dilation_w, args.kernel_w, args.in_w + args.pad_end_w).end};
      }
      const ptrdiff_t nh = ch.end > ch.begin ? ch.end - ch.begin : 0;
      const ptrdiff_t nw = cw.end > cw.begin ? cw.end - cw.begin : 0;
      const VecF32 divisor = broadcast(static_cast<float>(nh * nw));
      for (int v = 0; v < NV; ++v) acc[v] = div(acc[v], divisor);
    }
    float* y = args.dst + ow * args.dst_pixel + c0;
    for (int v = 0; v < NV; ++v) store_some<kPartial>(y + v * kL, acc[v], tail);
  }
}

template <bool kMax>
void pool_row(const PoolF32Args& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  constexpr int kWide = 4;
  const bool columns =
      kMax && args.dilation_w == 1 && args.kernel_w <= kMaxColumns && args.stride_w < args.kernel_w;
  ptrdiff_t c = 0;
  for (; c + kWide * kL <= args.channels; c += kWide * kL) {
    if (columns) {
      max_columns<kWide, false>(args, c, 0);
    } else {
      pool_block<kMax, kWide, false>(args, c, 0);
    }
  }
  for (; c + kL <= args.channels; c += kL) {
    if (columns) {
      max_columns<1, false>(args, c, 0);
    } else {
      pool_block<kMax, 1, false>(args, c, 0);
    }
  }
  if (c == args.channels) return;
  if (columns) {
    max_columns<1, true>(args, c, args.channels - c);
  } else {
    pool_block<kMax, 1, true>(args, c, args.channels - c);
  }
}

}  // namespace
}  // namespace vernier
