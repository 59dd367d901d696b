#pragma once

#include "backend/cpu/lower.h"

namespace vernier {

// The row of ConvTranspose: stride_h * stride_w convolutions of stride 1, one for each phase of the
// output.
Support conv_transpose_supports(const Node& node, std::span<const ValueDesc> inputs,
                                std::span<const ValueDesc> outputs);
NodeLayout conv_transpose_layout(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> outputs,
                                 std::span<const Layout> current);
Result<LoweredNode> conv_transpose_lower(const Node& node, std::span<const ValueDesc> inputs,
                                         std::span<const ValueDesc> outputs,
                                         const LowerOptions& options, WeightStore& weights);

}  // namespace vernier
