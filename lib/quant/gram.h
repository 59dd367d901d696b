#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vernier {

/// Second moments of what the rows of a weight multiply: the error of an output is e^T x, where e
/// is the rounding error of its row, so its mean square is e^T E[x x^T] e. Kept in blocks along the
/// diagonal of at most 256 elements, which hold whole input channels with their taps; moments
/// across blocks are taken as 0.
class GramBlocks {
 public:
  /// `groups` independent inputs (group of a convolution) of `inputs` channels with `taps` elements
  /// each, channel by channel.
  GramBlocks(std::int64_t groups, std::int64_t inputs, std::int64_t taps);

  [[nodiscard]] std::int64_t groups() const { return groups_; }
  /// Elements of one row of the weight.
  [[nodiscard]] std::int64_t length() const { return length_; }
  /// Elements of all blocks but the last.
  [[nodiscard]] std::int64_t block() const { return block_; }
  [[nodiscard]] std::int64_t blocks() const { return (length_ + block_ - 1) / block_; }
  [[nodiscard]] std::int64_t observations() const { return count_; }

  /// `rows` vectors of length() for one group, one after the other. Every group must be given the
  /// same number of rows; those of group 0 are counted.
  void add(std::int64_t group, std::span<const float> values, std::int64_t rows);

  /// One block as a dense symmetric matrix of its size squared (n x n), divided by the
  /// observations; `centred` takes the means off, as a bias correction does. Shrunk, so that
  /// directions that were never seen cost something: elements off the diagonal by the factor
  /// observations / (observations + n), and a hundredth of the mean of the diagonal is added to it.
  [[nodiscard]] std::vector<float> matrix(std::int64_t group, std::int64_t block,
                                          bool centred) const;
  [[nodiscard]] std::int64_t block_size(std::int64_t block) const;

  /// Longest row of one channel that makes sense to look at.
  static constexpr std::int64_t kMostTaps = 256;
  /// Bytes that such an object takes; taps at most kMostTaps.
  static std::uint64_t bytes(std::int64_t groups, std::int64_t inputs, std::int64_t taps);

 private:
  [[nodiscard]] std::size_t block_at(std::int64_t group, std::int64_t block) const;

  std::int64_t groups_;
  std::int64_t length_;
  std::int64_t block_;
  std::int64_t count_ = 0;
  std::vector<float> products_;  // lower triangles count, rows of full length
  std::vector<double> sums_;     // [group, length]
};

}  // namespace vernier
