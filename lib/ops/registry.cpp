#include "ops/registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ops/abs.h"
#include "ops/acos.h"
#include "ops/acosh.h"
#include "ops/add.h"
#include "ops/and.h"
#include "ops/arg_max.h"
#include "ops/arg_min.h"
#include "ops/asin.h"
#include "ops/asinh.h"
#include "ops/atan.h"
#include "ops/atanh.h"
#include "ops/attention.h"
#include "ops/average_pool.h"
#include "ops/batch_normalization.h"
#include "ops/bit_shift.h"
#include "ops/bitwise_and.h"
#include "ops/bitwise_not.h"
#include "ops/bitwise_or.h"
#include "ops/bitwise_xor.h"
#include "ops/blackman_window.h"
#include "ops/cast.h"
#include "ops/cast_like.h"
#include "ops/ceil.h"
#include "ops/celu.h"
#include "ops/clip.h"
#include "ops/col2im.h"
#include "ops/compress.h"
#include "ops/concat.h"
#include "ops/constant.h"
#include "ops/constant_of_shape.h"
#include "ops/conv.h"
#include "ops/conv_integer.h"
#include "ops/conv_transpose.h"
#include "ops/cos.h"
#include "ops/cosh.h"
#include "ops/cum_prod.h"
#include "ops/cum_sum.h"
#include "ops/depth_to_space.h"
#include "ops/dequant_matmul.h"
#include "ops/dequantize_linear.h"
#include "ops/dft.h"
#include "ops/div.h"
#include "ops/dropout.h"
#include "ops/dynamic_quantize_linear.h"
#include "ops/einsum.h"
#include "ops/elu.h"
#include "ops/equal.h"
#include "ops/erf.h"
#include "ops/exp.h"
#include "ops/expand.h"
#include "ops/eye_like.h"
#include "ops/flatten.h"
#include "ops/floor.h"
#include "ops/fused_conv.h"
#include "ops/fused_gemm.h"
#include "ops/fused_matmul.h"
#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/gather_nd.h"
#include "ops/gelu.h"
#include "ops/gemm.h"
#include "ops/global_average_pool.h"
#include "ops/global_lp_pool.h"
#include "ops/global_max_pool.h"
#include "ops/greater.h"
#include "ops/greater_or_equal.h"
#include "ops/grid_sample.h"
#include "ops/group_normalization.h"
#include "ops/gru.h"
#include "ops/hamming_window.h"
#include "ops/hann_window.h"
#include "ops/hard_sigmoid.h"
#include "ops/hard_swish.h"
#include "ops/hardmax.h"
#include "ops/identity.h"
#include "ops/if.h"
#include "ops/instance_normalization.h"
#include "ops/is_inf.h"
#include "ops/is_nan.h"
#include "ops/layer_normalization.h"
#include "ops/leaky_relu.h"
#include "ops/less.h"
#include "ops/less_or_equal.h"
#include "ops/log.h"
#include "ops/log_softmax.h"
#include "ops/loop.h"
#include "ops/lp_normalization.h"
#include "ops/lp_pool.h"
#include "ops/lrn.h"
#include "ops/lstm.h"
#include "ops/matmul.h"
#include "ops/matmul_integer.h"
#include "ops/matmul_nbits.h"
#include "ops/max.h"
#include "ops/max_pool.h"
#include "ops/mean.h"
#include "ops/mean_variance_normalization.h"
#include "ops/min.h"
#include "ops/mish.h"
#include "ops/mod.h"
#include "ops/mul.h"
#include "ops/neg.h"
#include "ops/non_max_suppression.h"
#include "ops/non_zero.h"
#include "ops/not.h"
#include "ops/one_hot.h"
#include "ops/or.h"
#include "ops/pad.h"
#include "ops/pow.h"
#include "ops/prelu.h"
#include "ops/qadd.h"
#include "ops/qaverage_pool.h"
#include "ops/qconv.h"
#include "ops/qlinear_conv.h"
#include "ops/qlinear_matmul.h"
#include "ops/qmatmul.h"
#include "ops/qmul.h"
#include "ops/qtable.h"
#include "ops/quantize_linear.h"
#include "ops/range.h"
#include "ops/reciprocal.h"
#include "ops/reduce_l1.h"
#include "ops/reduce_l2.h"
#include "ops/reduce_log_sum.h"
#include "ops/reduce_log_sum_exp.h"
#include "ops/reduce_max.h"
#include "ops/reduce_mean.h"
#include "ops/reduce_min.h"
#include "ops/reduce_prod.h"
#include "ops/reduce_sum.h"
#include "ops/reduce_sum_square.h"
#include "ops/relu.h"
#include "ops/reshape.h"
#include "ops/resize.h"
#include "ops/reverse_sequence.h"
#include "ops/rms_normalization.h"
#include "ops/rnn.h"
#include "ops/roi_align.h"
#include "ops/round.h"
#include "ops/scan.h"
#include "ops/scatter_elements.h"
#include "ops/scatter_nd.h"
#include "ops/selu.h"
#include "ops/shape.h"
#include "ops/shrink.h"
#include "ops/sigmoid.h"
#include "ops/sign.h"
#include "ops/sin.h"
#include "ops/sinh.h"
#include "ops/size.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/softplus.h"
#include "ops/softsign.h"
#include "ops/space_to_depth.h"
#include "ops/split.h"
#include "ops/sqrt.h"
#include "ops/squeeze.h"
#include "ops/stft.h"
#include "ops/sub.h"
#include "ops/sum.h"
#include "ops/swish.h"
#include "ops/tan.h"
#include "ops/tanh.h"
#include "ops/thresholded_relu.h"
#include "ops/tile.h"
#include "ops/top_k.h"
#include "ops/transpose.h"
#include "ops/trilu.h"
#include "ops/unique.h"
#include "ops/unsqueeze.h"
#include "ops/where.h"
#include "ops/xor.h"

namespace vernier {
namespace {

// Sorted by (domain, name); find_op searches it by halving and a test checks the order.
constexpr std::array kOps = {
    &abs_op,
    &acos_op,
    &acosh_op,
    &add_op,
    &and_op,
    &arg_max_op,
    &arg_min_op,
    &asin_op,
    &asinh_op,
    &atan_op,
    &atanh_op,
    &attention_op,
    &average_pool_op,
    &batch_normalization_op,
    &bit_shift_op,
    &bitwise_and_op,
    &bitwise_not_op,
    &bitwise_or_op,
    &bitwise_xor_op,
    &blackman_window_op,
    &cast_op,
    &cast_like_op,
    &ceil_op,
    &celu_op,
    &clip_op,
    &col2im_op,
    &compress_op,
    &concat_op,
    &constant_op,
    &constant_of_shape_op,
    &conv_op,
    &conv_integer_op,
    &conv_transpose_op,
    &cos_op,
    &cosh_op,
    &cum_prod_op,
    &cum_sum_op,
    &dft_op,
    &depth_to_space_op,
    &dequantize_linear_op,
    &div_op,
    &dropout_op,
    &dynamic_quantize_linear_op,
    &einsum_op,
    &elu_op,
    &equal_op,
    &erf_op,
    &exp_op,
    &expand_op,
    &eye_like_op,
    &flatten_op,
    &floor_op,
    &gru_op,
    &gather_op,
    &gather_elements_op,
    &gather_nd_op,
    &gelu_op,
    &gemm_op,
    &global_average_pool_op,
    &global_lp_pool_op,
    &global_max_pool_op,
    &greater_op,
    &greater_or_equal_op,
    &grid_sample_op,
    &group_normalization_op,
    &hamming_window_op,
    &hann_window_op,
    &hard_sigmoid_op,
    &hard_swish_op,
    &hardmax_op,
    &identity_op,
    &if_op,
    &instance_normalization_op,
    &is_inf_op,
    &is_nan_op,
    &lrn_op,
    &lstm_op,
    &layer_normalization_op,
    &leaky_relu_op,
    &less_op,
    &less_or_equal_op,
    &log_op,
    &log_softmax_op,
    &loop_op,
    &lp_normalization_op,
    &lp_pool_op,
    &matmul_op,
    &matmul_integer_op,
    &max_op,
    &max_pool_op,
    &mean_op,
    &mean_variance_normalization_op,
    &min_op,
    &mish_op,
    &mod_op,
    &mul_op,
    &neg_op,
    &non_max_suppression_op,
    &non_zero_op,
    &not_op,
    &one_hot_op,
    &or_op,
    &prelu_op,
    &pad_op,
    &pow_op,
    &qlinear_conv_op,
    &qlinear_matmul_op,
    &quantize_linear_op,
    &rms_normalization_op,
    &rnn_op,
    &range_op,
    &reciprocal_op,
    &reduce_l1_op,
    &reduce_l2_op,
    &reduce_log_sum_op,
    &reduce_log_sum_exp_op,
    &reduce_max_op,
    &reduce_mean_op,
    &reduce_min_op,
    &reduce_prod_op,
    &reduce_sum_op,
    &reduce_sum_square_op,
    &relu_op,
    &reshape_op,
    &resize_op,
    &reverse_sequence_op,
    &roi_align_op,
    &round_op,
    &stft_op,
    &scan_op,
    &scatter_elements_op,
    &scatter_nd_op,
    &selu_op,
    &shape_op,
    &shrink_op,
    &sigmoid_op,
    &sign_op,
    &sin_op,
    &sinh_op,
    &size_op,
    &slice_op,
    &softmax_op,
    &softplus_op,
    &softsign_op,
    &space_to_depth_op,
    &split_op,
    &sqrt_op,
    &squeeze_op,
    &sub_op,
    &sum_op,
    &swish_op,
    &tan_op,
    &tanh_op,
    &thresholded_relu_op,
    &tile_op,
    &top_k_op,
    &transpose_op,
    &trilu_op,
    &unique_op,
    &unsqueeze_op,
    &where_op,
    &xor_op,
    &matmul_nbits_op,
    &dequant_matmul_op,
    &fused_conv_op,
    &fused_gemm_op,
    &fused_matmul_op,
    &qadd_op,
    &qaverage_pool_op,
    &qconv_op,
    &qmatmul_op,
    &qmul_op,
    &qtable_op,
};

}  // namespace

std::span<const OpDef* const> all_ops() { return kOps; }

const OpDef* find_op(std::string_view domain, std::string_view name) {
  if (domain == "ai.onnx") domain = "";
  const std::pair key{domain, name};
  const auto at =
      std::lower_bound(kOps.begin(), kOps.end(), key, [](const OpDef* op, const auto& k) {
        return std::pair{op->domain, op->name} < k;
      });
  if (at == kOps.end() || (*at)->domain != domain || (*at)->name != name) return nullptr;
  return *at;
}

}  // namespace vernier
