#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace vernier {

/// A buffer that must exist from step `first` to step `last` (inclusive).
struct BufferLifetime {
  std::size_t bytes = 0;
  int first = 0;
  int last = 0;
  std::size_t offset = 0;  ///< result
};

/// Every offset is a multiple of this many bytes.
inline constexpr std::size_t kArenaAlignment = 64;

/// Assigns offsets so that buffers alive at the same time do not overlap; returns the arena size.
/// Greedy by size, largest first, each at the lowest free place (Pisarchyk and Lee, "Efficient
/// Memory Management for Deep Neural Net Inference", arXiv 2001.03288, section 5.2).
/// The sum of sizes must fit in size_t (the caller sums with checked arithmetic).
std::size_t plan_arena(std::span<BufferLifetime> buffers);

}  // namespace vernier
