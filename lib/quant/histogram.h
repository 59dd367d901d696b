#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace vernier {

/// Distribution of one tensor's values, made in one pass. Each sign has kBins equal bins from 0 to
/// a limit that is a power of two and doubles (merging pairs of bins) when a value lies beyond it;
/// exact zeros are counted apart, because every quantizer represents them. Memory does not depend
/// on how much is added.
class Histogram {
 public:
  static constexpr std::size_t kBins = 2048;

  /// One sign's half.
  struct Side {
    double limit = 0.0;  ///< 0 while empty, else a power of two >= every |value|
    std::array<std::uint64_t, kBins> bins{};
    [[nodiscard]] double width() const { return limit / static_cast<double>(kBins); }
    /// Middle of bin `i`, as a magnitude.
    [[nodiscard]] double middle(std::size_t i) const {
      return (static_cast<double>(i) + 0.5) * width();
    }
    [[nodiscard]] std::uint64_t count() const;
    /// Makes the limit at least `magnitude` (finite).
    void grow(double magnitude);
  };

  /// Counts finite values; others are left out (callers reject them before, see TensorStats).
  void add(std::span<const float> values);
  /// The same with `weight` counted for each value.
  void add(float value, std::uint64_t weight);
  [[nodiscard]] const Side& positive() const { return positive_; }
  [[nodiscard]] const Side& negative() const { return negative_; }
  [[nodiscard]] std::uint64_t zeros() const { return zeros_; }
  [[nodiscard]] std::uint64_t count() const;
  /// For readers of files.
  void restore(const Side& negative, const Side& positive, std::uint64_t zeros);

 private:
  Side negative_;
  Side positive_;
  std::uint64_t zeros_ = 0;
};

}  // namespace vernier
