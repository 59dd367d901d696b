#pragma once

#include "graph/op_def.h"

namespace vernier {

/// STFT: inputs signal [B,L,1 or 2], frame_step, window?, frame_length?; output [B,frames,bins,2],
/// the DFT of every windowed frame; onesided keeps the first half of the bins.
struct StftParams final : OpParams {
  bool onesided = true;
};
extern const OpDef stft_op;

}  // namespace vernier
