#pragma once

#include "ops/pool.h"
#include "ops/quantized.h"

namespace vernier {

/// Internal (domain "vernier"): AveragePool on 8-bit integers. Inputs X, table?. The attributes of
/// AveragePool, x_zero, scale (in units of the output's scale) and those of parse_quant_out:
///   t = float(sum of (x - x_zero) over the window) * (scale / float(divisor)), then as in
/// quantized.h. With `global` the window is the whole plane and the other window attributes are
/// absent.
struct QAveragePoolParams final : PoolParams {
  bool count_include_pad = false;
  bool global = false;
  std::int32_t x_zero = 0;
  float scale = 1.0F;
  QuantOut out;
};
extern const OpDef qaverage_pool_op;

}  // namespace vernier
