#include "ops/row_normalization.h"

#include "ops/dense.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {

Result<NormalizedRows> resolve_rows(std::int64_t axis, const Shape& x) {
  NormalizedRows rows;
  VERNIER_ASSIGN(rows.axis, normalize_axis(axis, x.size()));
  rows.rows = 1;
  rows.row = 1;
  for (std::size_t i = 0; i < x.size(); ++i) (i < rows.axis ? rows.rows : rows.row) *= x[i];
  return rows;
}

Result<const double*> broadcast_input(EvalContext& context, std::size_t i, const Shape& x) {
  const TensorView& view = context.input(i);
  VERNIER_ASSIGN(const Shape joined, broadcast_shape_pair(view.shape, x));
  if (joined != x) {
    return invalid_model(describe(view) + " does not broadcast to " + to_string(x),
                         "E-MODEL-SHAPE");
  }
  return dense_doubles(context, TensorView{view.data, view.dtype, x,
                                           broadcast_strides(view.shape, view.strides, x)});
}

Result<void> check_broadcast_input(const InferContext& context, std::size_t i, const char* what) {
  const ValueType& x = context.input(0);
  const ValueType& type = context.input(i);
  VERNIER_TRY(check_float(type, what));
  if (!x.ranked || !type.ranked) return {};
  VERNIER_TRY(check_rank(type, 0, x.rank(), what));
  for (std::size_t k = 0; k < type.rank(); ++k) {
    if (type.dims[k].is_known() && type.dims[k].value == 1) continue;
    VERNIER_TRY(check_dim(type, k, x.dims[x.rank() - type.rank() + k], what));
  }
  return {};
}

}  // namespace vernier
