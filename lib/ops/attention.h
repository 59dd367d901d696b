#pragma once

#include <optional>

#include "graph/op_def.h"

namespace vernier {

/// Attention (opset 23 and 24): softmax(scale * Q K^T + mask) V per head, with grouped heads, a
/// key/value cache and an optional causal mask. Inputs Q, K, V, attn_mask?, past_key?, past_value?,
/// nonpad_kv_seqlen?; outputs Y, present_key?, present_value?, qk_matmul_output?. Q, K and V are
/// [B,heads,S,D] or [B,S,heads*D]. Rows that the masks hide altogether give NaN, as the formula
/// says.
struct AttentionParams final : OpParams {
  bool is_causal = false;
  std::int64_t q_heads = 0;         ///< needed for 3-D inputs
  std::int64_t kv_heads = 0;        ///< needed for 3-D inputs
  std::optional<float> scale;       ///< not given: 1 / sqrt(D)
  float softcap = 0.0F;             ///< > 0: scores become softcap * tanh(score / softcap)
  std::int64_t qk_output_mode = 0;  ///< 0 scores, 1 after softcap, 2 after masks, 3 after softmax
};
extern const OpDef attention_op;

}  // namespace vernier
