#include "quant/gram.h"

#include <algorithm>

namespace vernier {
namespace {

constexpr std::int64_t kMostBlock = GramBlocks::kMostTaps;

std::int64_t block_of(std::int64_t inputs, std::int64_t taps) {
  const std::int64_t channels = std::clamp<std::int64_t>(kMostBlock / taps, 1, inputs);
  return channels * taps;
}

}  // namespace

GramBlocks::GramBlocks(std::int64_t groups, std::int64_t inputs, std::int64_t taps)
    : groups_(groups), length_(inputs * taps), block_(block_of(inputs, taps)) {
  products_.assign(static_cast<std::size_t>(groups * blocks() * block_ * block_), 0.0F);
  sums_.assign(static_cast<std::size_t>(groups * length_), 0.0);
}

std::uint64_t GramBlocks::bytes(std::int64_t groups, std::int64_t inputs, std::int64_t taps) {
  const std::int64_t block = block_of(inputs, taps);
  const std::int64_t blocks = (inputs * taps + block - 1) / block;
  return static_cast<std::uint64_t>(groups) *
         static_cast<std::uint64_t>(blocks * block * block * 4 + inputs * taps * 8);
}

std::size_t GramBlocks::block_at(std::int64_t group, std::int64_t block) const {
  return static_cast<std::size_t>((group * blocks() + block) * block_ * block_);
}

std::int64_t GramBlocks::block_size(std::int64_t block) const {
  return std::min(block_, length_ - block * block_);
}

void GramBlocks::add(std::int64_t group, std::span<const float> values, std::int64_t rows) {
  if (group == 0) count_ += rows;
  double* sums = sums_.data() + group * length_;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* x = values.data() + r * length_;
    for (std::int64_t k = 0; k < length_; ++k) sums[k] += static_cast<double>(x[k]);
  }
  constexpr std::int64_t kRows = 4;
  for (std::int64_t b = 0; b < blocks(); ++b) {
    const std::int64_t n = block_size(b);
    float* products = products_.data() + block_at(group, b);
    for (std::int64_t r = 0; r < rows; r += kRows) {
      const std::int64_t some = std::min(kRows, rows - r);
      const float* x = values.data() + r * length_ + b * block_;
      for (std::int64_t i = 0; i < n; ++i) {
        float* row = products + i * block_;
        if (some == kRows) {
          const float* x1 = x + length_;
          const float* x2 = x1 + length_;
          const float* x3 = x2 + length_;
          for (std::int64_t j = 0; j <= i; ++j) {
            row[j] += (x[i] * x[j] + x1[i] * x1[j]) + (x2[i] * x2[j] + x3[i] * x3[j]);
          }
          continue;
        }
        for (std::int64_t s = 0; s < some; ++s) {
          const float* one = x + s * length_;
          for (std::int64_t j = 0; j <= i; ++j) row[j] += one[i] * one[j];
        }
      }
    }
  }
}

std::vector<float> GramBlocks::matrix(std::int64_t group, std::int64_t block, bool centred) const {
  const std::int64_t n = block_size(block);
  const auto at = [n](std::int64_t i, std::int64_t j) {
    return static_cast<std::size_t>(i * n + j);
  };
  const double count = static_cast<double>(std::max<std::int64_t>(count_, 1));
  const float* products = products_.data() + block_at(group, block);
  const double* sums = sums_.data() + group * length_ + block * block_;
  std::vector<float> dense(static_cast<std::size_t>(n * n));
  const double kept = count / (count + static_cast<double>(n));
  double trace = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double value = static_cast<double>(products[i * block_ + j]) / count;
      if (centred) value -= sums[i] / count * (sums[j] / count);
      if (i != j) value *= kept;
      dense[at(i, j)] = dense[at(j, i)] = static_cast<float>(value);
    }
    trace += static_cast<double>(dense[at(i, i)]);
  }
  constexpr double kShare = 0.01;
  const auto extra = static_cast<float>(kShare * std::max(trace, 0.0) / static_cast<double>(n));
  for (std::int64_t i = 0; i < n; ++i) dense[at(i, i)] += extra;
  return dense;
}

}  // namespace vernier
