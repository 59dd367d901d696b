#pragma once

#include "graph/op_def.h"
#include "tensor/shape.h"

namespace vernier {

/// MatMul: numpy.matmul. Rank-1 operands are promoted and their added axis is dropped again.
extern const OpDef matmul_op;

/// A batched matrix product with concrete shapes. Offsets and strides count elements of dense
/// operands; a broadcast batch axis has stride 0.
struct ResolvedMatMul {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  Shape batch;
  Strides a_batch;
  Strides b_batch;
  Shape output;
};

/// Error E-MODEL-SHAPE when the operands do not fit each other.
Result<ResolvedMatMul> resolve_matmul(const Shape& a, const Shape& b);
/// The same for partly known types; the dtype of the result is that of `a`.
Result<ValueType> infer_matmul_type(const ValueType& a, const ValueType& b);

/// c = a * b on dense row-major matrices.
template <class T>
void matmul_dense(const T* a, const T* b, T* c, std::int64_t m, std::int64_t n, std::int64_t k) {
  for (std::int64_t i = 0; i < m; ++i) {
    T* row = c + i * n;
    for (std::int64_t j = 0; j < n; ++j) row[j] = T{0};
    for (std::int64_t p = 0; p < k; ++p) {
      const T factor = a[i * k + p];
      const T* other = b + p * n;
      for (std::int64_t j = 0; j < n; ++j) row[j] += factor * other[j];
    }
  }
}

/// All batches of a resolved product.
void matmul_doubles(const ResolvedMatMul& mm, const double* a, const double* b, double* c);
void matmul_int64s(const ResolvedMatMul& mm, const std::int64_t* a, const std::int64_t* b,
                   std::int64_t* c);  ///< modulo 2^64

/// values[..., j] += bias[j] for the output of a product. Error E-MODEL-SHAPE unless `bias` is a
/// row as long as the output's last axis.
Result<void> add_row_bias(EvalContext& context, const TensorView& bias, const ResolvedMatMul& mm,
                          double* values);

std::int64_t matmul_macs(const OpParams& params, std::span<const Shape> inputs,
                         std::span<const Shape> outputs);

}  // namespace vernier
