#pragma once
// One output row of an 8-bit depthwise convolution, once for every ISA. Include after one
// qsimd/vec_int_*.h.
#include "backend/cpu/kernels/qdepthwise/layout.h"
#include "backend/cpu/kernels/qdepthwise/qdepthwise.h"
#include "backend/cpu/kernels/qsimd/finish.h"

namespace vernier {
namespace {

inline constexpr ptrdiff_t kQLanes = VecF32::kLanes;
inline constexpr ptrdiff_t kQMaxBlock = VERNIER_QSIMD_HAS_WIDE ? 4 * kQLanes : kQLanes;
inline constexpr ptrdiff_t kQHalfBlock = VERNIER_QSIMD_HAS_HALF ? 2 * kQLanes : 0;

// Float vectors of two groups that share the weights they load: what registers of AVX-512 hold.
inline constexpr int kMostShared = VERNIER_QSIMD_HAS_HALF ? 4 : 0;

// One block of channels of one output row. Pointers are at the block's first channel.
struct QDepthwiseBlock {
  const QDepthwiseArgs* args;
  const uint8_t* src;    // kernel row 0, input column 0; rows [ky_begin, ky_end) exist
  ptrdiff_t row_stride;  // between kernel rows
  ptrdiff_t ky_begin, ky_end;
  const uint8_t* zeros;  // zero points
  const int32_t* start;
  const float* scale;
  const float* offset;
  const int8_t* weights;
  const uint8_t* residual;  // or null
  uint8_t* dst;             // or float*
  ptrdiff_t channels;       // that exist
};

// kW 0: any kernel width and dilation, with one output a group.
template <int kW, int kStride>
struct QTaps {
  static constexpr QTapPlan kPlan = kW == 0 ? QTapPlan{1, 0} : q_tap_plan(kW, kStride, 1);
  static constexpr int kOutputs = kPlan.outputs;
  static constexpr int kWindow = (kOutputs - 1) * kStride + kW;
  static constexpr bool uses(int output, int quad) {
    const int first = quad * 4 - output * kStride;
    return kW == 0 || (first < kW && first + 3 >= 0);
  }
};

// An input row; one in the padding is zero points with a pitch of 0.
struct QInputRow {
  const uint8_t* p;
  ptrdiff_t pitch;
};

// Pointer to input column `slot` of a group whose column 0 is at x.
template <int kW, bool kPadded>
VERNIER_INLINE const uint8_t* slot_at(const QDepthwiseBlock& b, QInputRow row, ptrdiff_t x,
                                      ptrdiff_t slot) {
  const QDepthwiseArgs& a = *b.args;
  if constexpr (kW == 0) {
    if (slot >= a.kw) return b.zeros;
    x += slot * a.dilation_w;
  } else {
    x += slot;
  }
  if constexpr (kPadded) {
    if (x < 0 || x >= a.iw) return b.zeros;
  }
  return row.p + x * row.pitch;
}

VERNIER_INLINE void store_floats(float* y, VecF32 v, ptrdiff_t n) {
  if (n >= kQLanes) {
    store(y, v);
  } else {
    store_partial(y, v, n);
  }
}

// What finishing a block needs, loaded once.
template <int kVectors>
struct QNumbers {
  Finish finish;
  PackConstants pack;
  VecF32 scale[static_cast<size_t>(kVectors)];
  VecF32 offset[static_cast<size_t>(kVectors)];
  VERNIER_INLINE explicit QNumbers(const QDepthwiseBlock& b)
      : finish(finish_constants(b.args->epilogue)), pack(finish_pack(b.args->epilogue)) {
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) {
      scale[i] = load(b.scale + i * kQLanes);
      offset[i] = load(b.offset + i * kQLanes);
    }
  }
};

struct NarrowBlock {
  using Acc = VecI32;
  using Weight = WeightQuad;
  static constexpr int kAccs = 1;
  static constexpr int kVectors = 1;
  static constexpr ptrdiff_t kLanes = kQLanes;
  VERNIER_INLINE static Acc start(const int32_t* p) { return loadi(p); }
  template <int kW, bool kPadded, bool kFlip>
  VERNIER_INLINE static TapQuads taps(const QDepthwiseBlock& b, QInputRow row, ptrdiff_t x,
                                      ptrdiff_t slot, int window) {
    const uint8_t* p[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      p[i] = kW != 0 && slot + i >= window ? b.zeros : slot_at<kW, kPadded>(b, row, x, slot + i);
    }
    return tap_quads<kFlip>(p[0], p[1], p[2], p[3], b.channels);
  }
  VERNIER_INLINE static Weight weight(const int8_t* w) { return weight_quad(w); }
  VERNIER_INLINE static Acc product(Acc acc, const TapQuads& t, const Weight& w, int /*i*/) {
    return dot(acc, t, w);
  }
  VERNIER_INLINE static void finish(const QDepthwiseBlock& b, const QNumbers<kVectors>& n,
                                    const Acc* sums, ptrdiff_t x) {
    const QDepthwiseArgs& a = *b.args;
    const QEpilogue& e = a.epilogue;
    VecF32 t = finish_scale(sums[0], n.scale[0], n.offset[0]);
    if (e.mid) t = finish_mid(n.finish, t);
    if (b.residual != nullptr) {
      const uint8_t* r = b.residual + x * a.residual_w;
      t = finish_residual(n.finish,
                          e.residual_signed ? load_bytes_partial<true>(r, b.channels)
                                            : load_bytes_partial<false>(r, b.channels),
                          t);
    }
    if (e.out == QOut::f32) {
      store_floats(reinterpret_cast<float*>(b.dst) + x * a.dst_w, finish_clamp(n.finish, t),
                   b.channels);
    } else {
      store_bytes_partial(b.dst + x * a.dst_w, finish_round(n.finish, t), b.channels);
    }
  }
};

#if VERNIER_QSIMD_HAS_WIDE
struct WideBlock {
  using Acc = VecI32;
  using Weight = WeightQuad;
  static constexpr int kAccs = 4;
  static constexpr int kVectors = 4;
  static constexpr ptrdiff_t kLanes = kQLanes;
  VERNIER_INLINE static Acc start(const int32_t* p) { return loadi(p); }
  template <int kW, bool kPadded, bool kFlip>
  VERNIER_INLINE static WideTaps taps(const QDepthwiseBlock& b, QInputRow row, ptrdiff_t x,
                                      ptrdiff_t slot, int window) {
    WideBytes t[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      t[i] = kW != 0 && slot + i >= window ? wide_zero()
                                           : wide_load(slot_at<kW, kPadded>(b, row, x, slot + i));
    }
    return wide_taps<kFlip>(t[0], t[1], t[2], t[3]);
  }
  VERNIER_INLINE static Weight weight(const int8_t* w) { return weight_quad(w); }
  VERNIER_INLINE static Acc product(Acc acc, const WideTaps& t, const Weight& w, int i) {
    return dot(acc, t.q[i], w);
  }
  VERNIER_INLINE static void finish(const QDepthwiseBlock& b, const QNumbers<kVectors>& n,
                                    const Acc* sums, ptrdiff_t x) {
    const QDepthwiseArgs& a = *b.args;
    const QEpilogue& e = a.epilogue;
    VecF32 t[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      t[i] = finish_scale(sums[i], n.scale[i], n.offset[i]);
      if (e.mid) t[i] = finish_mid(n.finish, t[i]);
    }
    if (b.residual != nullptr) {
      VecI32 r[4];
      if (e.residual_signed) {
        wide_widen<true>(b.residual + x * a.residual_w, r);
      } else {
        wide_widen<false>(b.residual + x * a.residual_w, r);
      }
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) t[i] = finish_residual(n.finish, r[i], t[i]);
    }
    if (e.out == QOut::f32) {
      float* y = reinterpret_cast<float*>(b.dst) + x * a.dst_w;
      for (int i = 0; i < 4; ++i) {
        float v[static_cast<size_t>(kQLanes)];
        store(v, finish_clamp(n.finish, t[i]));
        for (int part = 0; part < kQLanes / 4; ++part) {
          __builtin_memcpy(y + 16 * part + 4 * i, v + 4 * part, 4 * sizeof(float));
        }
      }
      return;
    }
    wide_store(b.dst + x * a.dst_w, n.pack, t);
  }
};
#endif

#if VERNIER_QSIMD_HAS_HALF
struct HalfBlock {
  using Acc = HalfI32;
  using Weight = HalfWeight;
  static constexpr int kAccs = 4;
  static constexpr int kVectors = 2;
  static constexpr ptrdiff_t kLanes = kQLanes / 2;
  VERNIER_INLINE static Acc start(const int32_t* p) { return half_loadi(p); }
  template <int kW, bool kPadded, bool kFlip>
  VERNIER_INLINE static HalfTaps taps(const QDepthwiseBlock& b, QInputRow row, ptrdiff_t x,
                                      ptrdiff_t slot, int window) {
    const uint8_t* p[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      p[i] = kW != 0 && slot + i >= window ? b.zeros : slot_at<kW, kPadded>(b, row, x, slot + i);
    }
    return half_taps<kFlip>(p[0], p[1], p[2], p[3], b.channels);
  }
  VERNIER_INLINE static Weight weight(const int8_t* w) { return half_weight(w); }
  VERNIER_INLINE static Acc product(Acc acc, const HalfTaps& t, const Weight& w, int i) {
    return half_dot(acc, t.q[i], w);
  }
  VERNIER_INLINE static void finish(const QDepthwiseBlock& b, const QNumbers<kVectors>& n,
                                    const Acc* sums, ptrdiff_t x) {
    const QDepthwiseArgs& a = *b.args;
    const QEpilogue& e = a.epilogue;
    VecI32 sum[2];
    half_join(sums, sum);
    VecF32 t[2];
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      t[i] = finish_scale(sum[i], n.scale[i], n.offset[i]);
      if (e.mid) t[i] = finish_mid(n.finish, t[i]);
    }
    if (b.residual != nullptr) {
      VecI32 r[2];
      if (e.residual_signed) {
        half_widen<true>(b.residual + x * a.residual_w, b.channels, r);
      } else {
        half_widen<false>(b.residual + x * a.residual_w, b.channels, r);
      }
      for (int i = 0; i < 2; ++i) t[i] = finish_residual(n.finish, r[i], t[i]);
    }
    if (e.out == QOut::f32) {
      float v[static_cast<size_t>(2 * kQLanes)];
      for (int i = 0; i < 2; ++i) store(v + i * kQLanes, finish_clamp(n.finish, t[i]));
      float* y = reinterpret_cast<float*>(b.dst) + x * a.dst_w;
      for (ptrdiff_t c = 0; c < b.channels; ++c) {
        y[c] = v[c % 16 / 4 * kLanes + c / 16 * 4 + c % 4];
      }
      return;
    }
    half_store(b.dst + x * a.dst_w, n.pack, t, b.channels);
  }
};
#endif

// Output pixels [x, x + kG * outputs), those below x_end stored: kG groups of neighbours that share
// each weight they load.
template <class Block, int kW, int kStride, bool kPadded, bool kFlip, int kG>
VERNIER_INLINE void q_group(const QDepthwiseBlock& b, const QNumbers<Block::kVectors>& n,
                            ptrdiff_t x, ptrdiff_t x_end) {
  using Plan = QTaps<kW, kStride>;
  constexpr int kP = Plan::kOutputs;
  constexpr int kA = Block::kAccs;
  constexpr ptrdiff_t kStep = kA * Block::kLanes * 4;
  const QDepthwiseArgs& a = *b.args;
  const int quads = kW == 0 ? static_cast<int>((a.kw + 3) / 4) : Plan::kPlan.quads;
  const ptrdiff_t stride = kW == 0 ? a.stride_w : kStride;
  typename Block::Acc acc[static_cast<size_t>(kG * kP)][static_cast<size_t>(kA)];
#pragma GCC unroll 8
  for (int p = 0; p < kG * kP; ++p) {
#pragma GCC unroll 4
    for (int i = 0; i < kA; ++i) acc[p][i] = Block::start(b.start + i * Block::kLanes);
  }
  const ptrdiff_t column = x * stride - a.pad_left;
  const int8_t* w = b.weights;
  for (ptrdiff_t ky = 0; ky < a.kh; ++ky, w += kP * quads * kStep) {
    const bool inside = ky >= b.ky_begin && ky < b.ky_end;
    const QInputRow row{inside ? b.src + ky * b.row_stride : b.zeros, inside ? a.src_w : 0};
#pragma GCC unroll 2
    for (int q = 0; q < quads; ++q) {
      using Taps = decltype(Block::template taps<kW, kPadded, kFlip>(b, row, column, 0, 0));
      Taps taps[static_cast<size_t>(kG)];
#pragma GCC unroll 2
      for (int g = 0; g < kG; ++g) {
        taps[g] = Block::template taps<kW, kPadded, kFlip>(b, row, column + g * kP * stride, q * 4,
                                                           Plan::kWindow);
      }
#pragma GCC unroll 4
      for (int p = 0; p < kP; ++p) {
        if (!Plan::uses(p, q)) continue;
#pragma GCC unroll 4
        for (int i = 0; i < kA; ++i) {
          const auto weight = Block::weight(w + (p * quads + q) * kStep + i * Block::kLanes * 4);
#pragma GCC unroll 2
          for (int g = 0; g < kG; ++g) {
            acc[g * kP + p][i] = Block::product(acc[g * kP + p][i], taps[g], weight, i);
          }
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < kG * kP; ++p) {
    if (x + p < x_end) Block::finish(b, n, acc[p], x + p);
  }
}

// The output row; groups [left, right) read only columns that exist.
template <class Block, int kW, int kStride, bool kFlip>
void q_groups(const QDepthwiseBlock& b, ptrdiff_t left, ptrdiff_t right) {
  constexpr int kP = QTaps<kW, kStride>::kOutputs;
  const ptrdiff_t end = b.args->ow;
  const QNumbers<Block::kVectors> n(b);
  ptrdiff_t x = 0;
  for (; x < left; x += kP) q_group<Block, kW, kStride, true, kFlip, 1>(b, n, x, end);
  if constexpr (kW != 0 && kP * Block::kVectors <= kMostShared) {
    for (; x + 2 * kP <= right; x += 2 * kP) {
      q_group<Block, kW, kStride, false, kFlip, 2>(b, n, x, end);
    }
  }
  for (; x < right; x += kP) q_group<Block, kW, kStride, false, kFlip, 1>(b, n, x, end);
  for (; x < end; x += kP) q_group<Block, kW, kStride, true, kFlip, 1>(b, n, x, end);
}

using QGroupsFn = void (*)(const QDepthwiseBlock&, ptrdiff_t, ptrdiff_t);

// [flip]
template <class Block, int kW, int kStride>
struct QGroups {
  static constexpr QGroupsFn kFns[2] = {q_groups<Block, kW, kStride, false>,
                                        q_groups<Block, kW, kStride, true>};
};

template <class Block>
const QGroupsFn* q_choose_groups(const QDepthwiseArgs& a) {
  if (a.dilation_w == 1) {
    if (a.kw == 3 && a.stride_w == 1) return QGroups<Block, 3, 1>::kFns;
    if (a.kw == 3 && a.stride_w == 2) return QGroups<Block, 3, 2>::kFns;
    if (a.kw == 5 && a.stride_w == 1) return QGroups<Block, 5, 1>::kFns;
    if (a.kw == 5 && a.stride_w == 2) return QGroups<Block, 5, 2>::kFns;
    if (a.kw == 7 && a.stride_w == 1) return QGroups<Block, 7, 1>::kFns;
  }
  return QGroups<Block, 0, 0>::kFns;
}

VERNIER_INLINE ptrdiff_t clip_count(ptrdiff_t x, ptrdiff_t lo, ptrdiff_t hi) {
  return x < lo ? lo : (x > hi ? hi : x);
}
// ceil(a / b) for b > 0.
VERNIER_INLINE ptrdiff_t div_up(ptrdiff_t a, ptrdiff_t b) { return a > 0 ? (a + b - 1) / b : 0; }

inline void qdepthwise_row(const QDepthwiseArgs& a, ptrdiff_t image, ptrdiff_t y,
                           ptrdiff_t block_begin, ptrdiff_t block_end) {
  const QTapPlan plan = q_tap_plan(a.kw, a.stride_w, a.dilation_w);
  const QBlocks blocks = q_blocks({kQMaxBlock, kQHalfBlock, kQLanes}, a.channels, a.kh, plan);
  alignas(64) uint8_t zeros[static_cast<size_t>(kQMaxBlock)];
  for (uint8_t& z : zeros) z = static_cast<uint8_t>(a.x_zero);

  QDepthwiseBlock b{};
  b.args = &a;
  b.zeros = zeros;
  b.row_stride = a.dilation_h * a.src_h;
  const ptrdiff_t iy = y * a.stride_h - a.pad_top;
  b.ky_end = clip_count(div_up(a.ih - iy, a.dilation_h), 0, a.kh);
  b.ky_begin = clip_count(div_up(-iy, a.dilation_h), 0, b.ky_end);

  // Groups [left, right) read only columns that exist.
  const ptrdiff_t group = plan.outputs;
  const ptrdiff_t span = (group - 1) * a.stride_w + (a.kw - 1) * a.dilation_w;
  const ptrdiff_t left = clip_count(div_up(div_up(a.pad_left, a.stride_w), group) * group, 0, a.ow);
  const ptrdiff_t last = a.iw - 1 - span + a.pad_left;  // x * stride_w may be up to this
  const ptrdiff_t fitting = last < 0 ? 0 : last / a.stride_w / group * group + group;
  const ptrdiff_t right =
      clip_count(fitting < a.ow / group * group ? fitting : a.ow / group * group, left, a.ow);

  const bool floats = a.epilogue.out == QOut::f32;
  const ptrdiff_t out_size = floats ? static_cast<ptrdiff_t>(sizeof(float)) : 1;
  for (ptrdiff_t i = block_begin; i < block_end; ++i) {
    const ptrdiff_t c = blocks.channel(i);
    const ptrdiff_t size = blocks.size(i);
    const auto* packed = static_cast<const uint8_t*>(a.packed) + blocks.offset(i);
    b.src = static_cast<const uint8_t*>(a.src) + image * a.src_n + iy * a.src_h + c;
    b.start = reinterpret_cast<const int32_t*>(packed);
    b.scale = reinterpret_cast<const float*>(packed + 4 * size);
    b.offset = reinterpret_cast<const float*>(packed + 8 * size);
    b.weights = reinterpret_cast<const int8_t*>(packed + kQDepthwiseHead * size);
    b.residual = a.residual == nullptr ? nullptr
                                       : static_cast<const uint8_t*>(a.residual) +
                                             image * a.residual_n + y * a.residual_h + c;
    b.dst = static_cast<uint8_t*>(a.dst) + (image * a.dst_n + y * a.dst_h + c) * out_size;
    b.channels = a.channels - c < size ? a.channels - c : size;
    const QGroupsFn* fns = nullptr;
    if (size == kQLanes) {
      fns = q_choose_groups<NarrowBlock>(a);
#if VERNIER_QSIMD_HAS_HALF
    } else if (size == kQHalfBlock) {
      fns = q_choose_groups<HalfBlock>(a);
#endif
#if VERNIER_QSIMD_HAS_WIDE
    } else {
      fns = q_choose_groups<WideBlock>(a);
#endif
    }
    fns[a.x_signed](b, left, right);
  }
}

}  // namespace
}  // namespace vernier
