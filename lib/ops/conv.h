#pragma once

#include <array>

#include "graph/op_def.h"
#include "ops/window.h"

namespace vernier {

struct Node;

/// Conv: Y[n,m,o] = B[m] + sum over c, k of X[n,c,o*stride-pad+k*dilation] * W[m,c,k]; X is
/// [N,C,spatial...], W is [M,C/group,kernel...], B is [M].
struct ConvParams : WindowParams {
  std::int64_t group = 1;
};
extern const OpDef conv_op;

/// A convolution with concrete shapes and explicit padding.
struct ResolvedConv {
  std::int64_t batch = 0;
  std::int64_t group = 1;
  std::int64_t in_channels = 0;   ///< of all groups
  std::int64_t out_channels = 0;  ///< of all groups
  std::size_t spatial_rank = 0;
  std::array<WindowAxis, kMaxRank> axes{};
  Shape output;  ///< [N, M, spatial...]
};

/// Whether there are several groups, each with one input channel.
bool is_depthwise(const ResolvedConv& conv);
/// The same for a Conv node with this weight; false for other operators.
bool is_depthwise(const Node& node, const Shape& weight);

/// OpDef::parse of operators whose parameters are ConvParams.
Result<Params> conv_op_parse(AttrReader& attributes, int opset);
/// Reads the attributes of a convolution into `params`.
Result<void> parse_conv(AttrReader& attributes, ConvParams& params);

/// Errors: invalid_model E-MODEL-SHAPE (ranks, channels, groups, kernel_shape against the weight, a
/// kernel larger than the padded input), E-MODEL-ATTR (lengths of attribute lists).
Result<ResolvedConv> resolve_conv(const ConvParams& params, const Shape& x, const Shape& w);

/// Output dims for partly known input and weight types; nullopt dims when the ranks are unknown.
/// Sets `ranked` and `dims` of the result; its dtype is that of x.
Result<ValueType> infer_conv_type(const ConvParams& params, const ValueType& x, const ValueType& w);

/// y = conv(x, w) on dense row-major buffers of all elements; y is overwritten.
void conv_doubles(const ResolvedConv& conv, const double* x, const double* w, double* y);

/// Multiply-accumulates of a Conv-like node: output elements x C/group x kernel elements.
std::int64_t conv_macs(const OpParams& params, std::span<const Shape> inputs,
                       std::span<const Shape> outputs);

}  // namespace vernier
