#pragma once
// The Winograd mode of conv.h.
#include "backend/cpu/kernels/conv/conv.h"

namespace vernier {

// Whether F(4x4, 3x3) applies and is likely faster than the direct mode.
bool winograd_applies(const ConvShape& shape, bool dense_channels);

// Completes a plan whose kernel, winograd row, shape and panels are set.
void winograd_plan(ConvF32Plan* plan);
void winograd_pack(const ConvF32Plan& plan, const float* weights, float* packed);
void winograd_run(const ConvF32Plan& plan, const ConvF32Args& args, ptrdiff_t item_begin,
                  ptrdiff_t item_end, void* scratch);

}  // namespace vernier
