#include "ops/qmatmul.h"

#include <algorithm>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QMatMulParams>();
  VERNIER_ASSIGN(params->sum, parse_quant_sum(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_min_rank(context, kQuantX, 1));
  VERNIER_TRY(check_min_rank(context, kQuantW, 2));
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(context.input(kQuantX), context.input(kQuantW)));
  const Dim channels = y.ranked && !y.dims.empty() ? y.dims.back() : Dim::unknown();
  VERNIER_ASSIGN(y.dtype,
                 infer_quant_sum(context, params_as<QMatMulParams>(context).sum, y, channels));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const QuantSum& sum = params_as<QMatMulParams>(context).sum;
  VERNIER_ASSIGN(const ResolvedMatMul mm,
                 resolve_matmul(context.input(kQuantX).shape, context.input(kQuantW).shape));
  const std::int64_t channels = std::max(mm.n, std::int64_t{1});
  VERNIER_ASSIGN(const double* a, centered(context, kQuantX, sum.x_zero));
  VERNIER_ASSIGN(const double* b, centered_weight(context, channels, 1));
  VERNIER_ASSIGN(double* sums, scratch_array<double>(context, element_count(mm.output)));
  matmul_doubles(mm, a, b, sums);
  return store_quant_sum(context, sum, mm.output, channels, 1, sums);
}

}  // namespace

const OpDef qmatmul_op{
    .domain = "vernier",
    .name = "QMatMul",
    .since_version = 1,
    .inputs = {3, 8},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
