#include "quant/block_weights.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/checked_math.h"
#include "quant/linear_quant.h"

namespace vernier {
namespace {

constexpr int kScales = 20;
/// Part of the mean importance that every column has: few samples say little about silent ones.
constexpr double kLeastImportance = 0.01;
/// Magnitudes below this have no normal scale.
constexpr float kLeastMagnitude = 1e-30F;

/// A scale to try, and the zero point that goes with it.
struct Candidate {
  float scale = 1.0F;
  float zero = 0.0F;
};

class BlockQuantizer {
 public:
  BlockQuantizer(const BlockFormat& format, BlockScratch& scratch)
      : format_(format),
        low_(static_cast<float>(-(1 << (format.bits - 1)))),
        high_(static_cast<float>((1 << (format.bits - 1)) - 1)),
        integers_(scratch.integers),
        best_(scratch.best) {
    if (format.bits == 8 && format.grid != BlockGrid::zero_points) low_ = -high_;
  }

  /// Codes, scale and zero point of one block; `importance` is parallel to it or empty.
  void run(std::span<const float> w, std::span<const float> importance, std::int8_t* codes,
           float& scale, std::int8_t* zero) {
    const auto [lowest, highest] = std::minmax_element(w.begin(), w.end());
    const float extreme = -*lowest > *highest ? *lowest : *highest;
    scale = 1.0F;
    if (zero != nullptr) *zero = 0;
    std::fill_n(codes, w.size(), std::int8_t{0});
    if (std::fabs(extreme) < kLeastMagnitude) return;
    double best = 0.0;
    for (int i = 0; i < kScales; ++i) {
      const Candidate tried = candidate(i, *lowest, *highest, extreme);
      double product = 0.0;
      double square = 0.0;
      fit(w, importance, tried, product, square);
      // The squared error of the fitted scale is a constant minus this.
      if (square <= 0.0 || !(product * product / square > best)) continue;
      best = product * product / square;
      scale = static_cast<float>(product / square);
      best_.swap(integers_);
      best_zero_ = tried.zero;
    }
    if (best <= 0.0) return;
    if (zero != nullptr) *zero = static_cast<std::int8_t>(best_zero_);
    for (std::size_t k = 0; k < w.size(); ++k) {
      codes[k] = static_cast<std::int8_t>(best_[k] + best_zero_);
    }
  }

 private:
  [[nodiscard]] Candidate candidate(int i, float lowest, float highest, float extreme) const {
    const auto step = static_cast<float>(i);
    if (format_.grid == BlockGrid::zero_points) {
      const float share = 1.0F - 0.02F * step;
      const float low = std::min(lowest, 0.0F) * share;
      const float high = std::max(highest, 0.0F) * share;
      const float scale = (high - low) / (high_ - low_);
      return {scale, std::clamp(round_small(low_ - low / scale), low_, high_)};
    }
    // Where the element of the largest magnitude comes to lie: around the end of the range.
    if (format_.bits == 8) return {std::fabs(extreme) / (high_ * (1.0F + 0.01F * step)), 0.0F};
    if (format_.grid == BlockGrid::positive_scale) {
      return {std::fabs(extreme) / (high_ + 0.1F * step), 0.0F};
    }
    return {extreme / (low_ + 0.9F - 0.1F * step), 0.0F};
  }

  /// integers_ = code - zero for a scale, and the sums that fit a scale to them.
  void fit(std::span<const float> w, std::span<const float> importance, const Candidate& tried,
           double& product, double& square) {
    const float inverse = 1.0F / tried.scale;
    const float low = low_ - tried.zero;
    const float high = high_ - tried.zero;
    for (std::size_t k = 0; k < w.size(); ++k) {
      integers_[k] = round_small(std::clamp(w[k] * inverse, low, high));
    }
    std::array<float, 8> products{};
    std::array<float, 8> squares{};
    for (std::size_t k = 0; k < w.size(); ++k) {
      const float q = importance.empty() ? integers_[k] : integers_[k] * importance[k];
      products[k % 8] += q * w[k];
      squares[k % 8] += q * integers_[k];
    }
    for (std::size_t j = 0; j < products.size(); ++j) {
      product += static_cast<double>(products[j]);
      square += static_cast<double>(squares[j]);
    }
  }

  BlockFormat format_;
  float low_;
  float high_;
  std::vector<float>& integers_;
  std::vector<float>& best_;
  float best_zero_ = 0.0F;
};

}  // namespace

std::vector<float> column_shares(std::span<const double> mean_squares) {
  double mean = 0.0;
  for (const double x : mean_squares) mean += x / static_cast<double>(mean_squares.size());
  if (!(mean > 0.0) || !std::isfinite(mean)) return {};
  std::vector<float> result;
  result.reserve(mean_squares.size());
  for (const double x : mean_squares) {
    result.push_back(static_cast<float>(x / mean + kLeastImportance));
  }
  return result;
}

BlockScratch::BlockScratch(const BlockWeights& weights)
    : integers(static_cast<std::size_t>(weights.block)),
      best(static_cast<std::size_t>(weights.block)) {}

float BlockWeights::real(std::int64_t row, std::int64_t column) const {
  const auto at = static_cast<std::size_t>(row * blocks + column / block);
  const float zero = zeros.empty() ? 0.0F : static_cast<float>(zeros[at]);
  const float code = static_cast<float>(codes[static_cast<std::size_t>(row * columns + column)]);
  return (code - zero) * scales[at];
}

Result<BlockWeights> block_weights(std::int64_t rows, std::int64_t columns,
                                   const BlockFormat& format,
                                   std::shared_ptr<MemoryBudget> budget) {
  BlockWeights result;
  result.rows = rows;
  result.columns = columns;
  result.block = format.block == 0 ? columns : std::min(format.block, columns);
  result.blocks = (columns + result.block - 1) / result.block;
  const bool has_zeros = format.grid == BlockGrid::zero_points;
  const auto codes = checked_mul(rows, columns);
  const auto scales = checked_mul(rows, result.blocks);
  const std::int64_t each = sizeof(float) + (has_zeros ? 1 : 0);
  const auto beside = scales ? checked_mul(*scales, each) : std::nullopt;
  const auto bytes = codes && beside ? checked_add(*codes, *beside) : std::nullopt;
  if (!bytes) return limit_error("size of packed weights overflows", "E-LIMIT-TENSOR");
  VERNIER_ASSIGN(result.memory, Reservation::make(static_cast<std::size_t>(*bytes),
                                                  std::move(budget), "packed weights"));
  result.codes.resize(static_cast<std::size_t>(*codes));
  result.scales.resize(static_cast<std::size_t>(*scales));
  if (has_zeros) result.zeros.resize(result.scales.size());
  return result;
}

void quantize_rows(std::span<const float> weight, std::span<const float> shares,
                   const BlockFormat& format, std::int64_t begin, std::int64_t end,
                   BlockScratch& scratch, BlockWeights& result) {
  BlockQuantizer quantizer(format, scratch);
  for (std::int64_t row = begin; row < end; ++row) {
    for (std::int64_t b = 0; b < result.blocks; ++b) {
      const std::int64_t first = b * result.block;
      const auto count = static_cast<std::size_t>(std::min(result.block, result.columns - first));
      const auto at = static_cast<std::size_t>(row * result.columns + first);
      const auto scale = static_cast<std::size_t>(row * result.blocks + b);
      const std::span<const float> part =
          shares.empty() ? shares : shares.subspan(static_cast<std::size_t>(first), count);
      quantizer.run(weight.subspan(at, count), part, result.codes.data() + at, result.scales[scale],
                    result.zeros.empty() ? nullptr : result.zeros.data() + scale);
    }
  }
}

}  // namespace vernier
