#include "backend/cpu/kernels/wgemm/wgemm.h"

#include <algorithm>
#include <cstring>

namespace vernier {
namespace {

int nibble_of(const std::byte* row, ptrdiff_t i) {
  const auto byte = std::to_integer<unsigned>(row[i / 2]);
  return static_cast<int>(i % 2 == 0 ? byte & 15U : byte >> 4U);
}

int byte_of(const std::byte* p, bool is_signed) {
  const auto value = std::to_integer<int>(*p);
  return is_signed && value > 127 ? value - 256 : value;
}

float float_of(const std::byte* p) {
  float value = 0.0F;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

// Codes and zero points brought into the signed range of the bits.
class Reader {
 public:
  Reader(const WeightShape& shape, const WeightSource& source)
      : s_(source), middle_(source.code_signed ? 0 : 1 << (shape.bits - 1)) {}

  int code(ptrdiff_t k, ptrdiff_t n) const {
    if (s_.code_nibbles) return nibble_of(s_.codes + n * s_.code_n, k) - middle_;
    return byte_of(s_.codes + k * s_.code_k + n * s_.code_n, s_.code_signed) - middle_;
  }
  int zero(ptrdiff_t b, ptrdiff_t n) const {
    if (s_.zeros == nullptr) return s_.middle_zero ? 0 : -middle_;
    if (s_.zero_nibbles) return nibble_of(s_.zeros + n * s_.zero_n, b) - middle_;
    return byte_of(s_.zeros + b * s_.zero_b + n * s_.zero_n, s_.code_signed) - middle_;
  }
  float scale(ptrdiff_t b, ptrdiff_t n) const {
    return float_of(s_.scales +
                    (b * s_.scale_b + n * s_.scale_n) * static_cast<ptrdiff_t>(sizeof(float)));
  }

 private:
  const WeightSource& s_;
  int middle_;
};

// Unit: 4 bits: a 32-bit word a column, code j in bits 4j..4j+3; 8 bits: a row of columns for each
// code.
void put_unit(std::byte* unit, int bits, int lanes, ptrdiff_t lane, ptrdiff_t j, int code) {
  if (bits == 8) {
    unit[j * lanes + lane] = static_cast<std::byte>(code);
    return;
  }
  const unsigned nibble = static_cast<unsigned>(code) & 15U;
  unit[lane * 4 + j / 2] |= static_cast<std::byte>(j % 2 == 0 ? nibble : nibble << 4U);
}

ptrdiff_t block_rows(const WeightShape& shape, ptrdiff_t b) {
  return std::min(shape.block, shape.padded_k - b * shape.block);
}

}  // namespace

WeightShape weight_shape(ptrdiff_t n, ptrdiff_t k, ptrdiff_t block, int bits, bool zeros) {
  WeightShape shape{n, k, block, (k + block - 1) / block, bits, zeros, 0};
  shape.padded_k = (k + kWeightUnit - 1) / kWeightUnit * kWeightUnit;
  if (block >= k) shape.block = shape.padded_k;
  return shape;
}

bool weight_has_zeros(const WeightShape& shape, const WeightSource& source) {
  const Reader reader(shape, source);
  for (ptrdiff_t n = 0; n < shape.n; ++n) {
    for (ptrdiff_t b = 0; b < shape.blocks; ++b) {
      if (reader.zero(b, n) != 0) return true;
    }
  }
  return false;
}

void weight_block_sums(const WeightShape& shape, const float* a, ptrdiff_t lda, ptrdiff_t m,
                       float* sums) {
  for (ptrdiff_t row = 0; row < m; ++row, a += lda) {
    for (ptrdiff_t b = 0; b < shape.blocks; ++b) {
      const float* x = a + b * shape.block;
      const ptrdiff_t rows = std::min(shape.block, shape.k - b * shape.block);
      float sum[8] = {};
      ptrdiff_t k = 0;
      for (; k + 8 <= rows; k += 8) {
        for (ptrdiff_t j = 0; j < 8; ++j) sum[j] += x[k + j];
      }
      for (; k < rows; ++k) sum[0] += x[k];
      *sums++ = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }
  }
}

ptrdiff_t weight_groups(const WeightKernel& kernel, const WeightShape& shape) {
  return (shape.n + kernel.lanes - 1) / kernel.lanes;
}

size_t weight_group_bytes(int lanes, const WeightShape& shape) {
  const auto columns = static_cast<size_t>(lanes);
  const size_t codes =
      static_cast<size_t>(shape.padded_k) * columns * static_cast<size_t>(shape.bits) / 8;
  const size_t per_block = sizeof(float) + (shape.zeros ? 1 : 0);
  return codes + static_cast<size_t>(shape.blocks) * columns * per_block;
}

size_t weight_packed_bytes(const WeightKernel& kernel, const WeightShape& shape) {
  return static_cast<size_t>(weight_groups(kernel, shape)) *
         weight_group_bytes(kernel.lanes, shape);
}

void weight_pack(const WeightKernel& kernel, const WeightShape& shape, const WeightSource& source,
                 std::byte* packed) {
  const Reader reader(shape, source);
  const int lanes = kernel.lanes;
  const auto unit_bytes = static_cast<ptrdiff_t>(kWeightUnit * lanes * shape.bits / 8);
  std::memset(packed, 0, weight_packed_bytes(kernel, shape));
  std::byte* at = packed;
  for (ptrdiff_t group = 0; group < weight_groups(kernel, shape); ++group) {
    const ptrdiff_t column = group * lanes;
    const ptrdiff_t valid = shape.n - column < lanes ? shape.n - column : lanes;
    for (ptrdiff_t b = 0; b < shape.blocks; ++b) {
      for (ptrdiff_t row = 0; row < block_rows(shape, b); row += kWeightUnit, at += unit_bytes) {
        for (ptrdiff_t j = 0; j < kWeightUnit; ++j) {
          const ptrdiff_t k = b * shape.block + row + j;
          // Padding stands for 0: its code is the zero point.
          for (ptrdiff_t lane = 0; lane < valid; ++lane) {
            const int code =
                k < shape.k ? reader.code(k, column + lane) : reader.zero(b, column + lane);
            put_unit(at, shape.bits, lanes, lane, j, code);
          }
        }
      }
      for (ptrdiff_t lane = 0; lane < lanes; ++lane, at += sizeof(float)) {
        const float scale = lane < valid ? reader.scale(b, column + lane) : 0.0F;
        std::memcpy(at, &scale, sizeof(scale));
      }
      if (!shape.zeros) continue;
      for (ptrdiff_t lane = 0; lane < lanes; ++lane, ++at) {
        *at = static_cast<std::byte>(lane < valid ? reader.zero(b, column + lane) : 0);
      }
    }
  }
}

}  // namespace vernier
