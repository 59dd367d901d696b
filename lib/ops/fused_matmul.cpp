#include "ops/fused_matmul.h"

#include <memory>

#include "ops/dense.h"
#include "ops/fused_activation.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<FusedMatMulParams>();
  VERNIER_ASSIGN(params->activation, parse_activation(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const ValueType& a = context.input(0);
  const ValueType& b = context.input(1);
  VERNIER_TRY(check_float(a, "left operand"));
  VERNIER_TRY(check_same_dtype(a, "left operand", b, "right operand"));
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(a, b));
  if (context.has_input(2)) {
    const ValueType& bias = context.input(2);
    VERNIER_TRY(check_same_dtype(a, "left operand", bias, "bias"));
    VERNIER_TRY(check_rank(bias, 1, 1, "bias"));
    if (y.ranked && !y.dims.empty()) VERNIER_TRY(check_dim(bias, 0, y.dims.back(), "bias"));
  }
  VERNIER_TRY(check_residual(context, 3, y));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& a = context.input(0);
  VERNIER_ASSIGN(const ResolvedMatMul mm, resolve_matmul(a.shape, context.input(1).shape));
  const std::int64_t count = element_count(mm.output);
  VERNIER_ASSIGN(const double* as, dense_doubles(context, a));
  VERNIER_ASSIGN(const double* bs, dense_doubles(context, context.input(1)));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  matmul_doubles(mm, as, bs, ys);
  if (context.has_input(2)) {
    VERNIER_TRY(add_row_bias(context, context.input(2), mm, ys));
  }
  const Activation& activation = params_as<FusedMatMulParams>(context).activation;
  VERNIER_TRY(add_residual_and_activate(context, 3, activation, mm.output, ys));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, a.dtype, mm.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef fused_matmul_op{
    .domain = "vernier",
    .name = "FusedMatMul",
    .since_version = 1,
    .inputs = {2, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
