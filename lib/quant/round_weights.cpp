#include "quant/round_weights.h"

#include <algorithm>

namespace vernier {
namespace {

constexpr std::int64_t kExactLength = 12;

/// The errors that both integers beside a weight make, in real units.
struct Choice {
  float nearest = 0.0F;
  float other = 0.0F;
};

Choice choice_of(float w, float scale) {
  const WeightSides sides = weight_sides(w, scale);
  return {sides.nearest * scale - w, sides.other * scale - w};
}

float quadratic(const std::vector<float>& h, const std::vector<float>& e) {
  const std::size_t n = e.size();
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    float row = 0.0F;
    for (std::size_t j = 0; j < n; ++j) row += h[i * n + j] * e[j];
    sum += static_cast<double>(row) * static_cast<double>(e[i]);
  }
  return static_cast<float>(sum);
}

/// One row of the weight, the part that a block sees.
class BlockRounder {
 public:
  BlockRounder(const std::vector<float>& h, std::span<const float> w, float scale) : h_(h) {
    for (const float x : w) {
      choices_.push_back(choice_of(x, scale));
      errors_.push_back(choices_.back().nearest);
    }
    flipped_.assign(w.size(), false);
  }

  /// All sides tried, by Gray's code: one changes at a time. The least error.
  float solve_exactly() {
    const std::size_t n = errors_.size();
    start();
    float now = quadratic(h_, errors_);
    float least = now;
    std::uint32_t code = 0;
    std::uint32_t best = 0;
    for (std::uint32_t step = 1; step < (1U << n); ++step) {
      std::size_t i = 0;
      while (((step >> i) & 1U) == 0U) ++i;
      now += gain(i);
      flip(i);
      code ^= 1U << i;
      if (now < least) {
        least = now;
        best = code;
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      const bool want = ((best >> i) & 1U) != 0U;
      if (flipped_[i] != want) flip(i);
    }
    return least;
  }

  void descend() {
    start();
    const std::size_t n = errors_.size();
    // Each change lowers the error, so this ends; the bound is for the last digits.
    for (std::size_t changes = 0; changes < 4 * n; ++changes) {
      std::size_t best = n;
      float least = 0.0F;
      for (std::size_t i = 0; i < n; ++i) {
        const float change = gain(i);
        if (change < least) {
          least = change;
          best = i;
        }
      }
      if (best == n) return;
      flip(best);
    }
  }

  [[nodiscard]] const std::vector<bool>& flipped() const { return flipped_; }

 private:
  /// slope_ = H e.
  void start() {
    const std::size_t n = errors_.size();
    slope_.assign(n, 0.0F);
    for (std::size_t j = 0; j < n; ++j) {
      const float e = errors_[j];
      for (std::size_t i = 0; i < n; ++i) slope_[i] += h_[j * n + i] * e;
    }
  }
  [[nodiscard]] float step_of(std::size_t i) const {
    const Choice& choice = choices_[i];
    return flipped_[i] ? choice.nearest - choice.other : choice.other - choice.nearest;
  }
  [[nodiscard]] float gain(std::size_t i) const {
    const float d = step_of(i);
    return d * (2.0F * slope_[i] + d * h_[i * errors_.size() + i]);
  }
  void flip(std::size_t i) {
    const float d = step_of(i);
    const float* row = h_.data() + i * errors_.size();
    for (std::size_t j = 0; j < errors_.size(); ++j) slope_[j] += d * row[j];
    errors_[i] += d;
    flipped_[i] = !flipped_[i];
  }

  const std::vector<float>& h_;
  std::vector<Choice> choices_;
  std::vector<float> errors_;
  std::vector<float> slope_;
  std::vector<bool> flipped_;
};

/// Squared errors of the nearest integers weighted by the diagonal.
double diagonal_error(std::span<const float> row, const std::vector<float>& diagonal, float scale) {
  double sum = 0.0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    const auto e = static_cast<double>(choice_of(row[k], scale).nearest);
    sum += e * e * static_cast<double>(diagonal[k]);
  }
  return sum;
}

}  // namespace

RoundedWeight round_by_gram(std::span<const float> weight, const ChannelBlocks& blocks,
                            const GramBlocks& gram, bool centred) {
  RoundedWeight result;
  result.other.assign((weight.size() + 7) / 8, 0);
  const std::int64_t length = gram.length();
  const std::int64_t per_group = blocks.channels / gram.groups();
  const auto place = [&](std::int64_t c, std::int64_t k) {
    return blocks.outer == 1 ? c * length + k : k * blocks.channels + c;
  };
  std::vector<std::vector<float>> matrices;
  std::vector<float> diagonal;
  std::vector<float> row(static_cast<std::size_t>(length));
  const std::vector<float> widest = absmax_scales(weight, blocks);
  for (std::int64_t c = 0; c < blocks.channels; ++c) {
    if (c % per_group == 0) {
      matrices.clear();
      diagonal.clear();
      for (std::int64_t b = 0; b < gram.blocks(); ++b) {
        matrices.push_back(gram.matrix(c / per_group, b, centred));
        const auto n = static_cast<std::size_t>(gram.block_size(b));
        for (std::size_t i = 0; i < n; ++i) diagonal.push_back(matrices.back()[i * n + i]);
      }
    }
    for (std::int64_t k = 0; k < length; ++k) {
      row[static_cast<std::size_t>(k)] = weight[static_cast<std::size_t>(place(c, k))];
    }
    const bool exact = length <= kExactLength;
    float scale = widest[static_cast<std::size_t>(c)];
    const float most = scale;
    double least = 0.0;
    for (int s = 0; s < kScaleShares; ++s) {
      const float candidate = most * scale_share(s);
      const double error =
          exact ? static_cast<double>(BlockRounder(matrices[0], row, candidate).solve_exactly())
                : diagonal_error(row, diagonal, candidate);
      if (s > 0 && error >= least) continue;
      least = error;
      scale = candidate;
    }
    result.scales.push_back(scale);
    for (std::int64_t b = 0; b < gram.blocks(); ++b) {
      const auto begin = static_cast<std::size_t>(b * gram.block());
      const auto n = static_cast<std::size_t>(gram.block_size(b));
      BlockRounder rounder(matrices[static_cast<std::size_t>(b)],
                           std::span<const float>(row).subspan(begin, n), scale);
      if (exact) {
        rounder.solve_exactly();
      } else {
        rounder.descend();
      }
      for (std::size_t i = 0; i < n; ++i) {
        if (!rounder.flipped()[i]) continue;
        const auto at = static_cast<std::size_t>(place(c, static_cast<std::int64_t>(begin + i)));
        result.other[at / 8] = static_cast<std::uint8_t>(result.other[at / 8] | (1U << (at % 8)));
      }
    }
  }
  return result;
}

}  // namespace vernier
