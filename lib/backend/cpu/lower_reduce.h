#pragma once

#include "backend/backend.h"
#include "backend/cpu/kernels/reduce/reduce.h"

namespace vernier {

/// What happens to a total: nothing, division by the element count, square root, natural logarithm.
enum class ReduceFinish : std::uint8_t { none, mean, root, log };

struct ReduceSpec {
  ReduceKind kind = ReduceKind::sum;
  ReduceFinish finish = ReduceFinish::none;
};

/// Reduction of fp32 over the axes whose flag in `axes` (one per dim of x) is 1. `y` has the kept
/// dims in order, with or without 1s for the reduced ones. Any strides; x is not empty.
std::unique_ptr<Step> make_reduce_f32(const ReduceSpec& spec, const Shape& axes, const ValueDesc& x,
                                      const ValueDesc& y, const LowerOptions& options);

}  // namespace vernier
