#pragma once

#include <array>

#include "graph/op_def.h"
#include "ops/conv.h"

namespace vernier {

/// ConvTranspose: the gradient of Conv with respect to its input. X is [N,C,spatial...], W is
/// [C,M/group,kernel...], B is [M].
struct ConvTransposeParams final : ConvParams {
  std::vector<std::int64_t> output_padding;
  std::vector<std::int64_t> output_shape;  ///< spatial sizes; empty: from pads
};
extern const OpDef conv_transpose_op;

/// The axes describe the transposed window: `output` is the size of X, `input` that of Y, so that X
/// index i adds to Y index i * stride - pad_begin + k * dilation.
struct ResolvedConvTranspose {
  std::int64_t batch = 0;
  std::int64_t group = 1;
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  std::size_t spatial_rank = 0;
  std::array<WindowAxis, kMaxRank> axes{};
  Shape output;  ///< [N, M, spatial...]
};
/// Errors as for resolve_conv.
Result<ResolvedConvTranspose> resolve_conv_transpose(const ConvTransposeParams& params,
                                                     const Shape& x, const Shape& w);

}  // namespace vernier
