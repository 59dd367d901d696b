#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quant/gram.h"
#include "quant/linear_quant.h"

namespace vernier {

/// How a weight becomes integers.
struct RoundedWeight {
  std::vector<float> scales;  ///< one a channel
  /// One bit an element, lowest first: set where the integer is not the nearest one but the
  /// neighbour on the other side of the real value (other_integers of quantize_weight).
  std::vector<std::uint8_t> other;
};

/// Chooses scale and rounding of each output channel so that the mean square error of its output is
/// small: e^T H e with H of `gram` (centred when a bias takes up the mean), e in integers beside
/// the real values (the problem of Nagel et al., "Up or Down? Adaptive Rounding for Post-Training
/// Quantization", ICML 2020, section 3). Rows of at most 12 elements (depthwise convolutions) are
/// solved exactly for 32 scales from 0.75 to 1 times max |w| / 127; the others take the scale with
/// the least error weighted by the diagonal, then single integers change sides, the most useful
/// first, while that helps.
///
/// `blocks` says where the channels are; outer is 1 (channels first) or inner is 1 (channels last).
/// Channels are dealt to the groups of `gram` evenly and in order.
RoundedWeight round_by_gram(std::span<const float> weight, const ChannelBlocks& blocks,
                            const GramBlocks& gram, bool centred);

}  // namespace vernier
