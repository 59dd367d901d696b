#pragma once
// Include after one simd/vec_*.h.
#include "backend/cpu/kernels/resize/resize.h"

namespace vernier {
namespace {

template <bool kPartial, int kRows>
VERNIER_INLINE void blend(const float* const (&p)[4], const VecF32 (&w)[4], float* y, ptrdiff_t c,
                          ptrdiff_t tail) {
  const auto read = [&](const float* at) {
    if constexpr (kPartial) return load_partial(at, tail);
    return load(at);
  };
  VecF32 v = mul(read(p[0] + c), w[0]);
  v = fmadd(read(p[1] + c), w[1], v);
  if constexpr (kRows == 2) {
    v = fmadd(read(p[2] + c), w[2], v);
    v = fmadd(read(p[3] + c), w[3], v);
  }
  if constexpr (kPartial) {
    store_partial(y + c, v, tail);
  } else {
    store(y + c, v);
  }
}

template <int kRows>
VERNIER_INLINE void linear_row_of(const ResizeF32Args& args, const float* first,
                                  const float* second, float w0, float w1) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  for (ptrdiff_t ow = 0; ow < args.out_w; ++ow) {
    const ptrdiff_t left = static_cast<ptrdiff_t>(args.col[0][ow]) * args.src_pixel;
    const ptrdiff_t right = static_cast<ptrdiff_t>(args.col[1][ow]) * args.src_pixel;
    const float wl = args.col_weight[0][ow];
    const float wr = args.col_weight[1][ow];
    const float* const p[4] = {first + left, first + right, second + left, second + right};
    const VecF32 w[4] = {broadcast(w0 * wl), broadcast(w0 * wr), broadcast(w1 * wl),
                         broadcast(w1 * wr)};
    float* y = args.dst + ow * args.dst_pixel;
    ptrdiff_t c = 0;
    for (; c + kL <= args.channels; c += kL) blend<false, kRows>(p, w, y, c, 0);
    if (c < args.channels) blend<true, kRows>(p, w, y, c, args.channels - c);
  }
}

void linear_row(const ResizeF32Args& args) {
  if (args.row_weight[1] == 0.0F) {
    linear_row_of<1>(args, args.row[0], args.row[0], args.row_weight[0], 0.0F);
  } else if (args.row_weight[0] == 0.0F) {
    linear_row_of<1>(args, args.row[1], args.row[1], args.row_weight[1], 0.0F);
  } else {
    linear_row_of<2>(args, args.row[0], args.row[1], args.row_weight[0], args.row_weight[1]);
  }
}

}  // namespace
}  // namespace vernier
