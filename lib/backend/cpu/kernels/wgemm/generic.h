#pragma once
// The algorithm, once for every ISA. Include after one simd/vec_*.h and the ISA's decoders:
//   load_s8(p)             kLanes signed bytes as floats
//   load_nibbles(p, w)     w[j] = code j of the words of kLanes columns, as floats
#include "backend/cpu/kernels/simd/vec_activation.h"
#include "backend/cpu/kernels/wgemm/wgemm.h"

namespace vernier {
namespace {

template <int kBits>
constexpr ptrdiff_t kUnitBytes = kWeightUnit* VecF32::kLanes* kBits / 8;

// Rows of W in block b, padding included.
VERNIER_INLINE ptrdiff_t block_rows(const WeightShape& shape, ptrdiff_t b) {
  const ptrdiff_t rest = shape.padded_k - b * shape.block;
  return shape.block < rest ? shape.block : rest;
}

// The codes of one unit as floats.
template <int kBits>
VERNIER_INLINE void decode(const unsigned char* p, VecF32 (&w)[kWeightUnit]) {
  if constexpr (kBits == 4) {
    load_nibbles(p, w);
  } else {
#pragma GCC unroll 8
    for (ptrdiff_t j = 0; j < kWeightUnit; ++j) w[j] = load_s8(p + j * VecF32::kLanes);
  }
}

VERNIER_INLINE const float* floats_at(const unsigned char* p) {
  return reinterpret_cast<const float*>(p);
}

// Rows [row, row + kRows) of one group of columns.
template <int kRows, int kBits>
VERNIER_INLINE void dot_rows(const WeightDotArgs& args, const unsigned char* p, ptrdiff_t group,
                             ptrdiff_t row) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  // Enough chains of multiply-adds to hide their latency.
  constexpr int kChains = kRows == 1 ? 4 : (kRows == 2 ? 2 : 1);
  constexpr size_t kSums = kRows;
  constexpr size_t kParts = kChains;
  const WeightShape& shape = *args.shape;
  VecF32 total[kSums];
  for (int m = 0; m < kRows; ++m) total[m] = zero();
  const float* x = args.a + row * args.lda;
  for (ptrdiff_t b = 0; b < shape.blocks; ++b) {
    VecF32 sum[kSums][kParts];
    for (int m = 0; m < kRows; ++m) {
      for (int c = 0; c < kChains; ++c) sum[m][c] = zero();
    }
    const ptrdiff_t rows = block_rows(shape, b);
    for (ptrdiff_t k = 0; k < rows; k += kWeightUnit, p += kUnitBytes<kBits>) {
      VecF32 w[kWeightUnit];
      decode<kBits>(p, w);
#pragma GCC unroll 8
      for (ptrdiff_t j = 0; j < kWeightUnit; ++j) {
#pragma GCC unroll 4
        for (int m = 0; m < kRows; ++m) {
          sum[m][j % kChains] =
              fmadd(broadcast(x[m * args.lda + k + j]), w[j], sum[m][j % kChains]);
        }
      }
    }
    x += rows;
    const VecF32 scale = load(floats_at(p));
    p += kL * static_cast<ptrdiff_t>(sizeof(float));
    VecF32 zeros = zero();
    if (shape.zeros) {
      zeros = load_s8(p);
      p += kL;
    }
#pragma GCC unroll 4
    for (int m = 0; m < kRows; ++m) {
      VecF32 whole = sum[m][0];
      for (int c = 1; c < kChains; ++c) whole = add(whole, sum[m][c]);
      if (shape.zeros) {
        whole = fnmadd(zeros, broadcast(args.sums[(row + m) * shape.blocks + b]), whole);
      }
      total[m] = fmadd(scale, whole, total[m]);
    }
  }
  const ptrdiff_t column = group * kL;
  const ptrdiff_t valid = shape.n - column < kL ? shape.n - column : kL;
  for (int m = 0; m < kRows; ++m) {
    VecF32 y = total[m];
    if (args.bias != nullptr) y = add(y, load_partial(args.bias + column, valid));
    if (args.residual != nullptr) {
      y = add(y, load_partial(args.residual + (row + m) * args.ldr + column, valid));
    }
    store_partial(args.c + (row + m) * args.ldc + column, y, valid);
  }
}

template <int kBits>
void dot_groups(const WeightDotArgs& args, ptrdiff_t begin, ptrdiff_t end) {
  const auto bytes = static_cast<ptrdiff_t>(weight_group_bytes(VecF32::kLanes, *args.shape));
  const auto* packed = reinterpret_cast<const unsigned char*>(args.packed);
  for (ptrdiff_t group = begin; group < end; ++group) {
    const unsigned char* p = packed + group * bytes;
    ptrdiff_t row = 0;
    for (; row + 4 <= args.m; row += 4) dot_rows<4, kBits>(args, p, group, row);
    switch (args.m - row) {
      case 3:
        dot_rows<3, kBits>(args, p, group, row);
        break;
      case 2:
        dot_rows<2, kBits>(args, p, group, row);
        break;
      case 1:
        dot_rows<1, kBits>(args, p, group, row);
        break;
      default:
        break;
    }
  }
}

void weight_dot(const WeightDotArgs& args, ptrdiff_t begin, ptrdiff_t end) {
  if (args.shape->bits == 4) {
    dot_groups<4>(args, begin, end);
  } else {
    dot_groups<8>(args, begin, end);
  }
  if (args.act.kind == ActivationKind::none) return;
  const ptrdiff_t first = begin * VecF32::kLanes;
  const ptrdiff_t last =
      end * VecF32::kLanes < args.shape->n ? end * VecF32::kLanes : args.shape->n;
  activate_rows_f32(args.act, args.c + first, args.ldc, args.m, last - first);
}

template <int kBits>
void unpack_group(const WeightUnpackArgs& args) {
  constexpr ptrdiff_t kL = VecF32::kLanes;
  const WeightShape& shape = *args.shape;
  const auto bytes = static_cast<ptrdiff_t>(weight_group_bytes(VecF32::kLanes, shape));
  const unsigned char* p = reinterpret_cast<const unsigned char*>(args.packed) + args.group * bytes;
  const bool whole = args.columns == kL;
  float* to = args.to;
  ptrdiff_t left = shape.k;
  for (ptrdiff_t b = 0; b < shape.blocks; ++b) {
    const ptrdiff_t rows = block_rows(shape, b);
    const unsigned char* behind = p + rows / kWeightUnit * kUnitBytes<kBits>;
    const VecF32 scale = load(floats_at(behind));
    behind += kL * static_cast<ptrdiff_t>(sizeof(float));
    VecF32 zeros = zero();
    if (shape.zeros) {
      zeros = load_s8(behind);
      behind += kL;
    }
    for (ptrdiff_t k = 0; k < rows; k += kWeightUnit, p += kUnitBytes<kBits>) {
      VecF32 w[kWeightUnit];
      decode<kBits>(p, w);
      for (ptrdiff_t j = 0; j < kWeightUnit && left > 0; ++j, --left, to += args.pitch) {
        const VecF32 value = mul(sub(w[j], zeros), scale);
        if (whole) {
          store(to, value);
        } else {
          store_partial(to, value, args.columns);
        }
      }
    }
    p = behind;
  }
}

void weight_unpack(const WeightUnpackArgs& args) {
  if (args.shape->bits == 4) {
    unpack_group<4>(args);
  } else {
    unpack_group<8>(args);
  }
}

}  // namespace
}  // namespace vernier
