#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/graph.h"

namespace vernier {

/// What a model's input is of a pixel, by channel: factor * pixel + offset.
struct PixelScale {
  std::array<double, 3> factor{1.0, 1.0, 1.0};
  std::array<double, 3> offset{};
};

/// Where a picture's input has its channels. Error: unsupported E-CONVERT-PREPROCESS unless it is
/// float32 [N,3,H,W] or [N,H,W,3].
enum class PictureLayout : std::uint8_t { channels_first, channels_last };
Result<PictureLayout> picture_layout(const std::string& name, const ValueType& type);

/// Makes input `input` of the graph take uint8 [N,H,W,3] and computes what it was from that: Cast,
/// Transpose, and the scale. Where only convolutions with constant weights read the input, the
/// factors go into their weights, and the offsets into their biases if there is no padding (which
/// has the value 0 behind the offset); elsewhere one Mul and one Add remain. Returns a line for
/// each thing done. Errors: picture_layout, inference.
Result<std::vector<std::string>> fold_pixels(Graph& graph, std::size_t input,
                                             const PixelScale& scale,
                                             const std::shared_ptr<MemoryBudget>& budget = nullptr);

}  // namespace vernier
