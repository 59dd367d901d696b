#include "ops/global_pool.h"

#include "ops/type_check.h"

namespace vernier {

Result<void> infer_global_pool(InferContext& context) {
  ValueType y = context.input(0);
  VERNIER_TRY(check_float(y, "input"));
  VERNIER_TRY(check_rank(y, 2, kMaxRank, "input"));
  for (std::size_t i = 2; i < y.dims.size(); ++i) y.dims[i] = Dim::known(1);
  context.set_output(0, std::move(y));
  return {};
}

}  // namespace vernier
