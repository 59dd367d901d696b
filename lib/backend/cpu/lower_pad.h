#pragma once

#include "backend/cpu/lower.h"

namespace vernier {

// The row of Pad.
Support pad_supports(const Node& node, std::span<const ValueDesc> inputs,
                     std::span<const ValueDesc> outputs);
NodeLayout pad_layout(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs, std::span<const Layout> current);
Result<LoweredNode> pad_lower(const Node& node, std::span<const ValueDesc> inputs,
                              std::span<const ValueDesc> outputs, const LowerOptions& options,
                              WeightStore& weights);

}  // namespace vernier
