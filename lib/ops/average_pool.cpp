#include "ops/average_pool.h"

#include <memory>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<AveragePoolParams>();
  VERNIER_TRY(parse_pool(attributes, *params));
  VERNIER_ASSIGN(params->count_include_pad, attributes.get_bool("count_include_pad", false));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_float(context.input(0), "input"));
  VERNIER_ASSIGN(ValueType y,
                 infer_pool_type(params_as<AveragePoolParams>(context), context.input(0)));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<AveragePoolParams>(context);
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const ResolvedPool pool, resolve_pool(params, x.shape));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(pool.output)));
  const std::int64_t plane_elements = plane_size(pool);
  for_each_output(pool, [&](std::int64_t plane, const Shape& index, std::int64_t at) {
    const double* in = xs + plane * plane_elements;
    double sum = 0.0;
    double inside = 0.0;
    const double padded = for_each_tap(pool, index, [&](std::int64_t offset) {
      sum += in[offset];
      inside += 1.0;
    });
    ys[at] = sum / (params.count_include_pad ? padded : inside);
  });
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, pool.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef average_pool_op{
    .domain = "",
    .name = "AveragePool",
    .since_version = 7,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
