#include "ops/qmatmul.h"

#include <algorithm>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr QuantSumInputs kInputs{};

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QMatMulParams>();
  VERNIER_ASSIGN(params->a_zero, parse_zero_point(attributes, "a_zero"));
  VERNIER_ASSIGN(params->b_zero, parse_zero_point(attributes, "b_zero"));
  VERNIER_ASSIGN(params->sum, parse_quant_sum(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<QMatMulParams>(context);
  VERNIER_TRY(check_bytes(context, 0));
  VERNIER_TRY(check_bytes(context, 1));
  VERNIER_TRY(check_min_rank(context, 0, 1));
  VERNIER_TRY(check_min_rank(context, 1, 2));
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(context.input(0), context.input(1)));
  const Dim channels = y.ranked && !y.dims.empty() ? y.dims.back() : Dim::unknown();
  VERNIER_ASSIGN(y.dtype, infer_quant_sum(context, params.sum, kInputs, y, channels));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QMatMulParams>(context);
  VERNIER_ASSIGN(const ResolvedMatMul mm,
                 resolve_matmul(context.input(0).shape, context.input(1).shape));
  VERNIER_ASSIGN(const double* a, centered(context, 0, params.a_zero));
  VERNIER_ASSIGN(const double* b, centered(context, 1, params.b_zero));
  VERNIER_ASSIGN(double* sums, scratch_array<double>(context, element_count(mm.output)));
  matmul_doubles(mm, a, b, sums);
  return store_quant_sum(context, params.sum, kInputs, mm.output, std::max(mm.n, std::int64_t{1}),
                         1, sums);
}

}  // namespace

const OpDef qmatmul_op{
    .domain = "vernier",
    .name = "QMatMul",
    .since_version = 1,
    .inputs = {3, 6},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
