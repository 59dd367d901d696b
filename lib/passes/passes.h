#pragma once

#include "passes/pass.h"

namespace vernier {

/// Every pass, one object each, without state. What a pass does is written at its definition.
const Pass& inline_if_pass();
const Pass& prune_captures_pass();
const Pass& dead_code_pass();
const Pass& identity_pass();
const Pass& cse_pass();
const Pass& merge_reshapes_pass();
const Pass& transpose_pass();
const Pass& fuse_silu_pass();
const Pass& fuse_hard_swish_pass();
const Pass& fuse_gelu_pass();
const Pass& fuse_layer_norm_pass();
const Pass& fuse_conv_batch_norm_pass();
const Pass& fuse_conv_scale_pass();
const Pass& fuse_pad_conv_pass();
const Pass& fuse_matmul_bias_pass();
const Pass& fuse_residual_pass();
const Pass& fuse_activation_pass();
const Pass& expand_qoperator_pass();
const Pass& float_integer_products_pass();
const Pass& move_quantization_pass();
const Pass& fuse_quant_batch_norm_pass();
const Pass& fuse_quant_sum_pass();
const Pass& fuse_quant_binary_pass();
const Pass& fuse_quant_residual_pass();
const Pass& fuse_quant_table_pass();
const Pass& fuse_table_epilogue_pass();
const Pass& fuse_weight_matmul_pass();
/// Not part of a pipeline: for files that are written for one runtime (quant_target.h).
const Pass& softmax_last_axis_pass();

}  // namespace vernier
