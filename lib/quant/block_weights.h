#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "tensor/texts.h"

namespace vernier {

/// Which integers stand for a block of weights.
enum class BlockGrid : std::uint8_t {
  /// -2^(bits-1) .. 2^(bits-1)-1; the scale has the sign that takes the element of the largest
  /// magnitude to the end that reaches further.
  signed_scale,
  positive_scale,  ///< the same integers, scale > 0; 8 bits: -127 .. 127
  zero_points,     ///< the same integers, scale > 0, and a zero point so that 0 is exact
};

struct BlockFormat {
  int bits = 4;             ///< 4 or 8
  std::int64_t block = 32;  ///< neighbours in a row under one scale; 0: the whole row
  BlockGrid grid = BlockGrid::signed_scale;
};

/// real = (code - zero) * scale, for a matrix whose rows are cut into blocks.
struct BlockWeights {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t block = 0;          ///< at most `columns`
  std::int64_t blocks = 0;         ///< of a row; the last may be shorter
  std::vector<std::int8_t> codes;  ///< [rows, columns]
  std::vector<float> scales;       ///< [rows, blocks]
  std::vector<std::int8_t> zeros;  ///< [rows, blocks]; empty: 0
  Reservation memory;              ///< of the above
  [[nodiscard]] float real(std::int64_t row, std::int64_t column) const;
};

/// Room for quantize_rows. `rows` and `columns` are at least 1. `budget` may be null. Error: limit.
Result<BlockWeights> block_weights(std::int64_t rows, std::int64_t columns,
                                   const BlockFormat& format,
                                   std::shared_ptr<MemoryBudget> budget = nullptr);

/// What columns weigh in quantize_rows, from the mean squares of what they multiply: relative to
/// their mean, with a least share each. Empty (all alike) without any, or where the mean says
/// nothing.
std::vector<float> column_shares(std::span<const double> mean_squares);

/// Room that quantize_rows works in, one for each thread.
struct BlockScratch {
  explicit BlockScratch(const BlockWeights& weights);
  static std::size_t bytes(const BlockWeights& weights) {
    return 2 * sizeof(float) * static_cast<std::size_t>(weights.block);
  }
  std::vector<float> integers;  ///< [block]
  std::vector<float> best;      ///< [block]
};

/// Quantizes rows [begin, end) of `weight` ([rows, columns], finite). Of 20 scales around that of
/// the largest magnitude each block takes the one with the least squared error, an element's error
/// weighted by its column's share (column_shares), after the scale has been fitted to the integers
/// that it gave. A block of zeros has scale 1. Allocates nothing.
void quantize_rows(std::span<const float> weight, std::span<const float> shares,
                   const BlockFormat& format, std::int64_t begin, std::int64_t end,
                   BlockScratch& scratch, BlockWeights& result);

}  // namespace vernier
