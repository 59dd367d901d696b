#include "ops/is_nan.h"

#include <cmath>

#include "ops/unary.h"

namespace vernier {
namespace {

double is_nan(double x, const OpParams&) { return std::isnan(x) ? 1.0 : 0.0; }
constexpr DTypeSet kAllowed = kFloats | dtype_set(DType::float8e4m3fn, DType::float8e4m3fnuz,
                                                  DType::float8e5m2, DType::float8e5m2fnuz);
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAllowed));
  ValueType type = context.input(0);
  type.dtype = DType::boolean;
  context.set_output(0, std::move(type));
  return {};
}
Result<void> reference(EvalContext& context) {
  return map_unary(context, {.real = unary_row<double, is_nan>}, DType::boolean);
}

}  // namespace

const OpDef is_nan_op = {.domain = "",
                         .name = "IsNaN",
                         .since_version = 20,
                         .traits = {.elementwise = true},
                         .parse = parse_no_attributes,
                         .infer = infer,
                         .reference = reference};

}  // namespace vernier
