#pragma once

#include "ops/rows.h"
#include "ops/shapes.h"

namespace vernier {

/// infer of an operator whose output has the type of its first input.
template <DTypeSet Allowed>
Result<void> infer_unary(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, Allowed));
  context.set_output(0, context.input(0));
  return {};
}

/// One row function per lane (in place); a null one means that the lane is not supported.
struct UnaryRows {
  void (*real)(double* row, std::int64_t count, const OpParams& params) = nullptr;
  void (*signed_int)(std::int64_t* row, std::int64_t count, const OpParams& params) = nullptr;
  void (*unsigned_int)(std::uint64_t* row, std::int64_t count, const OpParams& params) = nullptr;
};
/// Applies the rows of the input's lane to every element; `output` is undefined for the input's
/// dtype.
Result<void> map_unary(EvalContext& context, const UnaryRows& rows,
                       DType output = DType::undefined);

template <class T, T (*F)(T, const OpParams&)>
void unary_row(T* row, std::int64_t count, const OpParams& params) {
  for (std::int64_t i = 0; i < count; ++i) row[i] = F(row[i], params);
}

/// reference of y = F(x) on floating dtypes.
template <double (*F)(double, const OpParams&)>
Result<void> eval_real_unary(EvalContext& context) {
  return map_unary(context, {.real = unary_row<double, F>});
}

/// An operator y = F(x) on floats without attributes.
template <double (*F)(double, const OpParams&)>
constexpr OpDef real_unary_op(std::string_view name, int since_version,
                              Result<Params> (*parse)(AttrReader&, int) = parse_no_attributes) {
  return {.domain = "",
          .name = name,
          .since_version = since_version,
          .traits = {.elementwise = true},
          .parse = parse,
          .infer = infer_unary<kFloats>,
          .reference = eval_real_unary<F>};
}

}  // namespace vernier
