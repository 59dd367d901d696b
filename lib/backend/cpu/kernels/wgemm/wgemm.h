#pragma once
// wgemm: C[m, n] = act(sum over k of A[m, k] * W[k, n] + bias[n] + residual[m, n]) where
// W[k, n] = (code[k, n] - zero[k / block, n]) * scale[k / block, n] stays packed integers. A few
// rows read them directly; for many rows they are unpacked a strip of columns at a time and
// gemm_f32 multiplies. Sums are fp32. Columns are independent, so how they are split changes no
// bits.
#include <cstddef>
#include <cstdint>

#include "backend/cpu/kernels/simd/activation.h"

namespace vernier {

// Codes that are read together: K is padded with zero weights to a multiple of this.
constexpr ptrdiff_t kWeightUnit = 8;

struct WeightShape {
  ptrdiff_t n, k;
  ptrdiff_t block;   // rows of W under one scale: a multiple of kWeightUnit, or >= k
  ptrdiff_t blocks;  // ceil(k / block)
  int bits;          // 4 or 8
  bool zeros;        // zero points are stored
  ptrdiff_t padded_k;
};
// n, k, block >= 1.
WeightShape weight_shape(ptrdiff_t n, ptrdiff_t k, ptrdiff_t block, int bits, bool zeros);

// Where the codes and their meaning lie before packing; nothing needs to be aligned.
struct WeightSource {
  const std::byte* codes;
  ptrdiff_t code_k, code_n;  // strides in elements; of nibbles: code_n in bytes, code_k is 1
  bool code_nibbles;         // two codes a byte, the even k in the low half
  bool code_signed;          // int8 (or int4 in a byte each); otherwise unsigned
  const std::byte* scales;   // floats
  ptrdiff_t scale_b, scale_n;
  const std::byte* zeros;  // null: 0, or with middle_zero 2^(bits - 1)
  ptrdiff_t zero_b, zero_n;
  bool zero_nibbles;  // two blocks a byte, zero_n in bytes
  bool middle_zero;
};
// Whether a zero point differs from the middle of the codes, so that zeros must be stored.
bool weight_has_zeros(const WeightShape& shape, const WeightSource& source);

struct WeightDotArgs {
  const WeightShape* shape;
  const std::byte* packed;
  const float* a;  // rows of padded_k floats, lda apart; beyond k they are 0
  ptrdiff_t lda;
  ptrdiff_t m;
  const float* sums;      // of a over each block, [m, blocks]; read where there are zeros
  const float* bias;      // n floats or null
  const float* residual;  // rows of n floats, ldr apart, or null
  ptrdiff_t ldr;
  float* c;
  ptrdiff_t ldc;
  ActivationF32 act;
};

struct WeightUnpackArgs {
  const WeightShape* shape;
  const std::byte* packed;
  ptrdiff_t group;  // of `lanes` columns
  float* to;        // k rows, `pitch` apart
  ptrdiff_t pitch;
  ptrdiff_t columns;  // of the group that are written, 1..lanes
};

// One row of wgemm/kernels.inc.
struct WeightKernel {
  const char* name;
  int lanes;  // columns of one group
  // Columns of groups [begin, end).
  void (*dot)(const WeightDotArgs& args, ptrdiff_t begin, ptrdiff_t end);
  void (*unpack)(const WeightUnpackArgs& args);
};

#define VERNIER_WGEMM(isa, kernel) extern const WeightKernel kernel;
#include "backend/cpu/kernels/wgemm/kernels.inc"
#undef VERNIER_WGEMM

// sums[row, b]: of the elements of row `row` of A in block b.
void weight_block_sums(const WeightShape& shape, const float* a, ptrdiff_t lda, ptrdiff_t m,
                       float* sums);

ptrdiff_t weight_groups(const WeightKernel& kernel, const WeightShape& shape);
// Bytes of one packed group: for each block its codes, scales and zero points.
size_t weight_group_bytes(int lanes, const WeightShape& shape);
size_t weight_packed_bytes(const WeightKernel& kernel, const WeightShape& shape);
void weight_pack(const WeightKernel& kernel, const WeightShape& shape, const WeightSource& source,
                 std::byte* packed);

}  // namespace vernier
