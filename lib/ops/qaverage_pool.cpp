#include "ops/qaverage_pool.h"

#include <memory>

#include "ops/dense.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

constexpr std::size_t kTable = 1;

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<QAveragePoolParams>();
  VERNIER_ASSIGN(params->global, attributes.get_bool("global", false));
  if (!params->global) VERNIER_TRY(parse_pool(attributes, *params));
  VERNIER_ASSIGN(params->count_include_pad, attributes.get_bool("count_include_pad", false));
  VERNIER_ASSIGN(params->x_zero, parse_zero_point(attributes, "x_zero"));
  VERNIER_ASSIGN(params->scale, parse_factor(attributes, "scale", 1.0F));
  VERNIER_ASSIGN(params->out, parse_quant_out(attributes));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<QAveragePoolParams>(context);
  VERNIER_TRY(check_bytes(context, 0));
  ValueType y = context.input(0);
  if (params.global) {
    VERNIER_TRY(check_rank(y, 2, kMaxRank, "input"));
    for (std::size_t i = 2; i < y.dims.size(); ++i) y.dims[i] = Dim::known(1);
  } else {
    VERNIER_ASSIGN(y, infer_pool_type(params, context.input(0)));
  }
  VERNIER_ASSIGN(y.dtype, infer_table(context, kTable, params.out.dtype));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<QAveragePoolParams>(context);
  const Shape& shape = context.input(0).shape;
  VERNIER_ASSIGN(const double* xs, centered(context, 0, params.x_zero));
  const auto finish = [&](double sum, double divisor) {
    const float mean = params.scale / static_cast<float>(divisor);
    const float t = divisor == 0.0 ? 0.0F : static_cast<float>(sum) * mean;
    return static_cast<double>(quantize_to(t, params.out));
  };
  if (params.global) {
    Shape output = shape;
    std::int64_t plane = 1;
    for (std::size_t i = 2; i < shape.size(); ++i) {
      plane *= shape[i];
      output[i] = 1;
    }
    const std::int64_t planes = element_count(output);
    VERNIER_ASSIGN(double* ys, scratch_array<double>(context, planes));
    for (std::int64_t p = 0; p < planes; ++p) {
      double sum = 0.0;
      for (std::int64_t i = 0; i < plane; ++i) sum += xs[p * plane + i];
      ys[p] = finish(sum, static_cast<double>(plane));
    }
    return store_quantized(context, params.out, kTable, output, ys);
  }
  VERNIER_ASSIGN(const ResolvedPool pool, resolve_pool(params, shape));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(pool.output)));
  const std::int64_t plane = plane_size(pool);
  for_each_output(pool, [&](std::int64_t p, const Shape& index, std::int64_t at) {
    double sum = 0.0;
    double inside = 0.0;
    const double padded = for_each_tap(pool, index, [&](std::int64_t offset) {
      sum += xs[p * plane + offset];
      inside += 1.0;
    });
    ys[at] = finish(sum, params.count_include_pad ? padded : inside);
  });
  return store_quantized(context, params.out, kTable, pool.output, ys);
}

}  // namespace

const OpDef qaverage_pool_op{
    .domain = "vernier",
    .name = "QAveragePool",
    .since_version = 1,
    .inputs = {1, 2},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
