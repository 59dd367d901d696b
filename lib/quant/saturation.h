#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quant/linear_quant.h"

namespace vernier {

/// x86 CPUs with neither VNNI nor AMX multiply u8 by s8 with vpmaddubsw, which sums two products
/// with saturation at 16 bits (Intel SDM, PMADDUBSW): 255 * 128 fits, 255 * 129 does not. Which two
/// weights of a channel meet depends on the runtime's packing.

/// What two weights of one sign may sum to.
inline constexpr int kSafePair = 128;

/// For each channel the largest |a + b| of two of its weights with one sign, whichever meet.
std::vector<int> worst_pairs(std::span<const std::int8_t> integers, const ChannelBlocks& blocks);

/// Raises the scales of channels whose worst pair is beyond kSafePair until it is not; their
/// weights are rounded to the nearest (bits in `other` are cleared). `scales` has one entry a
/// channel. Returns the number of channels raised.
int make_pairs_safe(std::span<const float> weight, const ChannelBlocks& blocks,
                    std::span<float> scales, std::span<std::uint8_t> other);

}  // namespace vernier
