#include "plan/memory.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace vernier {
namespace {

/// Placed buffers by time, so that a buffer meets only those that are alive with it. Buffers alive
/// at a step: the lists on the path from the step's leaf of a segment tree to its root.
class PlacedBuffers {
 public:
  explicit PlacedBuffers(std::span<const BufferLifetime> buffers) : buffers_(buffers) {
    int end = 0;
    for (const BufferLifetime& buffer : buffers) {
      begin_ = std::min(begin_, buffer.first);
      end = std::max(end, buffer.last + 1);
    }
    leaves_ = static_cast<std::size_t>(std::max(end - begin_, 1));
    covering_.resize(2 * leaves_);
    starting_.resize(leaves_);
  }

  void add(std::size_t index) {
    std::size_t low = step(buffers_[index].first);
    starting_[low].push_back(index);
    std::size_t high = step(buffers_[index].last) + 1 + leaves_;
    for (low += leaves_; low < high; low /= 2, high /= 2) {
      if (low % 2 == 1) covering_[low++].push_back(index);
      if (high % 2 == 1) covering_[--high].push_back(index);
    }
  }

  /// The placed buffers that share a step with this one, by offset.
  const std::vector<std::size_t>& alive_with(const BufferLifetime& buffer) {
    found_.clear();
    const std::size_t first = step(buffer.first);
    for (std::size_t node = first + leaves_; node > 0; node /= 2) {
      found_.insert(found_.end(), covering_[node].begin(), covering_[node].end());
    }
    for (std::size_t at = first + 1; at <= step(buffer.last); ++at) {
      found_.insert(found_.end(), starting_[at].begin(), starting_[at].end());
    }
    std::sort(found_.begin(), found_.end(), [&](std::size_t a, std::size_t b) {
      return buffers_[a].offset < buffers_[b].offset;
    });
    return found_;
  }

 private:
  [[nodiscard]] std::size_t step(int time) const { return static_cast<std::size_t>(time - begin_); }

  std::span<const BufferLifetime> buffers_;
  int begin_ = 0;
  std::size_t leaves_ = 1;
  std::vector<std::vector<std::size_t>> covering_;  ///< segment tree: node i has 2i and 2i + 1
  std::vector<std::vector<std::size_t>> starting_;
  std::vector<std::size_t> found_;
};

}  // namespace

std::size_t plan_arena(std::span<BufferLifetime> buffers) {
  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return buffers[a].bytes > buffers[b].bytes;
  });
  const auto rounded = [](std::size_t bytes) {
    return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
  };
  PlacedBuffers placed(buffers);
  std::size_t total = 0;
  for (const std::size_t index : order) {
    BufferLifetime& buffer = buffers[index];
    const std::size_t bytes = rounded(buffer.bytes);
    std::size_t offset = 0;
    for (const std::size_t other_index : placed.alive_with(buffer)) {
      const BufferLifetime& other = buffers[other_index];
      if (offset + bytes <= other.offset) break;
      offset = std::max(offset, other.offset + rounded(other.bytes));
    }
    buffer.offset = offset;
    total = std::max(total, offset + bytes);
    placed.add(index);
  }
  return total;
}

}  // namespace vernier
