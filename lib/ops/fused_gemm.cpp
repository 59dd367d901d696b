#include "ops/fused_gemm.h"

#include <memory>

#include "ops/dense.h"
#include "ops/fused_activation.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<FusedGemmParams>();
  VERNIER_TRY(parse_gemm(attributes, *params));
  VERNIER_ASSIGN(params->activation, parse_activation(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_float(context.input(0), "A"));
  VERNIER_ASSIGN(ValueType y, infer_gemm_type(params_as<GemmParams>(context), context));
  VERNIER_TRY(check_residual(context, 3, y));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<FusedGemmParams>(context);
  const TensorView& a = context.input(0);
  VERNIER_ASSIGN(const ResolvedGemm gemm, resolve_gemm(params, a.shape, context.input(1).shape));
  VERNIER_ASSIGN(double* ys, gemm_doubles(params, gemm, context));
  const Shape shape{gemm.m, gemm.n};
  VERNIER_TRY(add_residual_and_activate(context, 3, params.activation, shape, ys));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, a.dtype, shape));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef fused_gemm_op{
    .domain = "vernier",
    .name = "FusedGemm",
    .since_version = 1,
    .inputs = {2, 4},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = gemm_macs,
};

}  // namespace vernier
