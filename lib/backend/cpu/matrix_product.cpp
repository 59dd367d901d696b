#include "backend/cpu/matrix_product.h"

#include <utility>

#include "tensor/strided.h"

namespace vernier {
namespace {

/// Leading strides of a matrix operand as read under the product's batch.
Strides batch_strides(const ValueDesc& operand, const Shape& batch) {
  Shape shape;
  Strides strides;
  for (std::size_t i = 0; i + 2 < operand.shape.size(); ++i) {
    shape.push_back(operand.shape[i]);
    strides.push_back(operand.strides[i]);
  }
  return broadcast_strides(shape, strides, batch);
}

std::int64_t row_stride(const ValueDesc& operand) {
  return operand.strides[operand.strides.size() - 2];
}

/// Moves trailing batch axes into m where B does not vary and the rows stay evenly spaced.
void merge_batch_into_rows(MatrixProduct& p) {
  while (!p.batch.empty()) {
    const std::size_t last = p.batch.size() - 1;
    const std::int64_t count = p.batch[last];
    if (count != 1) {
      const auto even = [&](std::int64_t& ld, const Strides& strides) {
        if (p.m == 1) ld = strides[last];  // the stride of a single row says nothing
        return strides[last] == ld * p.m;
      };
      if (p.b_batch[last] != 0) return;
      if (!even(p.lda, p.a_batch) || !even(p.ldc, p.c_batch)) return;
      if (p.has_residual && !even(p.ldr, p.r_batch)) return;
    }
    p.m *= count;
    p.batch.resize(last);
    for (Strides* strides : {&p.a_batch, &p.b_batch, &p.c_batch}) strides->resize(last);
    if (p.has_residual) p.r_batch.resize(last);
  }
}

}  // namespace

std::int64_t batch_offset(const Shape& batch, const Strides& strides, std::int64_t index) {
  std::int64_t offset = 0;
  for (std::size_t axis = batch.size(); axis-- > 0;) {
    offset += index % batch[axis] * strides[axis];
    index /= batch[axis];
  }
  return offset;
}

bool varies_over_batch(const MatrixProduct& product) {
  return element_count(product.batch) > 1 &&
         product.b_batch != Shape::filled(product.batch.size(), 0);
}

MatrixProduct describe_matrix_product(const ValueDesc& a, const ValueDesc& b, bool b_transposed,
                                      const ValueDesc* residual, const ValueDesc& output) {
  MatrixProduct p;
  const std::size_t rank = output.shape.size();
  p.m = output.shape[rank - 2];
  p.n = output.shape[rank - 1];
  p.k = a.shape.back();
  for (std::size_t i = 0; i + 2 < rank; ++i) p.batch.push_back(output.shape[i]);
  p.a_batch = batch_strides(a, p.batch);
  p.b_batch = batch_strides(b, p.batch);
  p.c_batch = batch_strides(output, p.batch);
  p.lda = row_stride(a);
  p.ldc = row_stride(output);
  p.b_row = row_stride(b);
  p.b_col = b.strides.back();
  if (b_transposed) std::swap(p.b_row, p.b_col);
  p.has_residual = residual != nullptr;
  if (p.has_residual) {
    p.r_batch = batch_strides(*residual, p.batch);
    p.ldr = row_stride(*residual);
  }
  merge_batch_into_rows(p);
  return p;
}

}  // namespace vernier
