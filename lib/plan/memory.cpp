#include "plan/memory.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace vernier {

std::size_t plan_arena(std::span<BufferLifetime> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  const auto rounded = [](std::size_t bytes) {
    return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
  };
  std::vector<std::size_t> placed;  // indices sorted by offset
  std::size_t total = 0;
  for (const std::size_t index : order) {
    BufferLifetime& buffer = buffers[index];
    const std::size_t bytes = rounded(buffer.bytes);
    std::size_t offset = 0;
    for (const std::size_t other_index : placed) {
      const BufferLifetime& other = buffers[other_index];
      if (other.last < buffer.first || other.first > buffer.last) continue;
      if (offset + bytes <= other.offset) break;
      offset = std::max(offset, other.offset + rounded(other.bytes));
    }
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    const auto at = std::upper_bound(
        placed.begin(), placed.end(), offset,
        [&](std::size_t value, std::size_t i) { return value < buffers[i].offset; });
    placed.insert(at, index);
  }
  return total;
}

}  // namespace vernier
