#include "ops/cosine_window.h"

#include <cmath>
#include <memory>
#include <numbers>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"

namespace vernier {
namespace {

Error negative_size(std::int64_t size) {
  return invalid_data("size is " + std::to_string(size), "E-DATA-SHAPE");
}

}  // namespace

Result<Params> parse_cosine_window(AttrReader& attributes, int) {
  auto params = std::make_shared<CosineWindowParams>();
  VERNIER_ASSIGN(params->output_dtype, attributes.get_dtype("output_datatype", DType::float32));
  VERNIER_ASSIGN(params->periodic, attributes.get_bool("periodic", true));
  if (!contains(kNumbers, params->output_dtype)) {
    return dtype_error("attribute 'output_datatype' names no number type");
  }
  return Params(std::move(params));
}

Result<void> infer_cosine_window(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kIndexInts));
  Dim length;
  if (const auto sizes = constant_ints(context, 0); sizes && sizes->size() == 1) {
    if (sizes->front() < 0) return negative_size(sizes->front());
    length = Dim::known(sizes->front());
  }
  context.set_output(0,
                     ValueType::of(params_as<CosineWindowParams>(context).output_dtype, {length}));
  return {};
}

Result<void> eval_cosine_window(EvalContext& context, const CosineWindow& window) {
  const auto& params = params_as<CosineWindowParams>(context);
  VERNIER_ASSIGN(const std::int64_t size, scalar_int64(context.input(0), "size"));
  if (size < 0) return negative_size(size);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, params.output_dtype, Shape{size}));
  VERNIER_ASSIGN(double* values, scratch_array<double>(context, size));
  const auto period = static_cast<double>(params.periodic || size == 1 ? size : size - 1);
  for (std::int64_t n = 0; n < size; ++n) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(n) / period;
    values[n] = window.a0 - window.a1 * std::cos(angle) + window.a2 * std::cos(2.0 * angle);
  }
  return store_doubles(values, y);
}

}  // namespace vernier
