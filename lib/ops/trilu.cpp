#include "ops/trilu.h"

#include <cstring>

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<TriluParams>();
  VERNIER_ASSIGN(params->upper, attributes.get_bool("upper", true));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  VERNIER_TRY(check_min_rank(context, 0, 2));
  context.set_output(0, context.input(0));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  if (x.rank() < 2) return data_shape_error("at least 2 dims are expected");
  if (x.dtype == DType::string) return unsupported_dtype(x.dtype);
  std::int64_t k = 0;
  if (context.has_input(1)) {
    VERNIER_ASSIGN(k, read_int(context.input(1)));
  }
  const bool upper = params_as<TriluParams>(context).upper;
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  const std::int64_t columns = x.shape.back();
  const std::int64_t rows = x.shape[x.rank() - 2];
  // Beyond these limits the diagonal lies outside the matrix.
  k = std::max(-rows - 1, std::min(k, columns + 1));
  const ElementCopy copy = element_copy(x.dtype);
  std::int64_t row = 0;
  std::int64_t column = 0;
  for_each_offset<2>(x.shape, {x.strides, y.strides}, [&](const auto& at) {
    if (upper ? column - row >= k : column - row <= k) {
      copy(element_ptr(y, at[1]), element_ptr(x, at[0]));
    } else {
      std::memset(element_ptr(y, at[1]), 0, dtype_size(y.dtype));
    }
    if (++column == columns) {
      column = 0;
      row = row + 1 == rows ? 0 : row + 1;
    }
  });
  return {};
}

}  // namespace

const OpDef trilu_op = {.domain = "",
                        .name = "Trilu",
                        .since_version = 14,
                        .inputs = {1, 2},
                        .parse = parse,
                        .infer = infer,
                        .reference = reference};

}  // namespace vernier
