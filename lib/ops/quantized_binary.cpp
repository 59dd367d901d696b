#include "ops/quantized_binary.h"

namespace vernier {

Result<void> infer_quantized_binary(InferContext& context, const QuantOut& out) {
  VERNIER_TRY(check_bytes(context, 0));
  VERNIER_TRY(check_bytes(context, 1));
  VERNIER_ASSIGN(const DType dtype, infer_table(context, kBinaryTable, out.dtype));
  VERNIER_ASSIGN(ValueType y, broadcast_types(context.input(0), context.input(1), dtype));
  context.set_output(0, std::move(y));
  return {};
}

}  // namespace vernier
