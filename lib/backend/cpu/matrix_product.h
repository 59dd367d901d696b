#pragma once

#include <cstdint>

#include "backend/backend.h"

namespace vernier {

/// C[batch, m, n] = A[batch, m, k] * B[batch, k, n] (+ a residual of C's shape), strides in
/// elements: one description for all matrix products.
struct MatrixProduct {
  std::int64_t m = 0, n = 0, k = 0;
  Shape batch;
  Strides a_batch, b_batch, c_batch, r_batch;
  std::int64_t lda = 0, ldc = 0, ldr = 0;
  std::int64_t b_row = 0, b_col = 0;
  bool has_residual = false;
};

/// Operands of rank >= 2; `residual` null: none. Batch axes along which B does not vary are rows of
/// A where those stay evenly spaced.
MatrixProduct describe_matrix_product(const ValueDesc& a, const ValueDesc& b, bool b_transposed,
                                      const ValueDesc* residual, const ValueDesc& output);
/// True when B differs from batch to batch.
bool varies_over_batch(const MatrixProduct& product);
/// Elements from the start of an operand to matrix `index` of the batch.
std::int64_t batch_offset(const Shape& batch, const Strides& strides, std::int64_t index);

}  // namespace vernier
