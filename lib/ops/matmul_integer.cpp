#include "ops/matmul_integer.h"

#include "ops/dense.h"
#include "ops/matmul.h"
#include "ops/quantization.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

constexpr DTypeSet kBytes = dtype_set(DType::int8, DType::uint8);

Result<void> infer(InferContext& context) {
  for (std::size_t i = 0; i < 2; ++i) {
    VERNIER_TRY(check_dtype(context, i, kBytes));
    if (context.has_input(i + 2)) VERNIER_TRY(check_same_dtype(context, i, i + 2));
  }
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(context.input(0), context.input(1)));
  y.dtype = DType::int32;
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  VERNIER_ASSIGN(const ResolvedMatMul mm,
                 resolve_matmul(context.input(0).shape, context.input(1).shape));
  VERNIER_ASSIGN(const double* a, subtract_zero_point(context, 0, 2, true));
  VERNIER_ASSIGN(const double* b, subtract_zero_point(context, 1, 3, false));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(mm.output)));
  matmul_doubles(mm, a, b, ys);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, DType::int32, mm.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef matmul_integer_op{
    .domain = "",
    .name = "MatMulInteger",
    .since_version = 10,
    .inputs = {2, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse_no_attributes,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
