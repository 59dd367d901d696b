#pragma once

#include <cstdint>

#include "graph/op_def.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace vernier {

struct PadParams final : OpParams {
  enum class Mode : std::uint8_t { constant, reflect, edge, wrap };
  Mode mode = Mode::constant;
};
/// Begin and end pads of every dim of a tensor of this rank.
struct ResolvedPads {
  Shape begin;
  Shape end;
};
Result<ResolvedPads> resolve_pads(std::size_t rank, const TensorView& pads, const TensorView* axes);

/// Grows (or, for negative pads, crops) the listed axes. Inputs: data, pads (all begins, then all
/// ends), constant value, axes.
extern const OpDef pad_op;

}  // namespace vernier
