#pragma once

#include "graph/op_def.h"

namespace vernier {

enum class GridMode : std::uint8_t { linear, nearest, cubic };
enum class GridPadding : std::uint8_t { zeros, border, reflection };

/// GridSample: Y[n,c,o...] = X[n,c] sampled at Grid[n,o...], whose last axis holds normalised
/// coordinates in [-1, 1], last spatial axis of X first. Any number of spatial axes.
struct GridSampleParams final : OpParams {
  GridMode mode = GridMode::linear;
  GridPadding padding = GridPadding::zeros;
  bool align_corners = false;
};
extern const OpDef grid_sample_op;

}  // namespace vernier
