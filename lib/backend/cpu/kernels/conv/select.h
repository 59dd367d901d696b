#pragma once
#include <vector>

#include "backend/cpu/kernels/conv/conv.h"
#include "backend/cpu/kernels/simd/kernel_choice.h"

namespace vernier {

// The register tiles of the first row of kernels.inc that `tier` can run: the `kernel` argument of
// conv_f32_plan. Rows passed over are appended to `skipped`.
const GemmF32Kernel& conv_f32_select(IsaTier tier = host_cpu_features().tier,
                                     std::vector<KernelSkip>* skipped = nullptr);

// Likewise for the `winograd` argument, from winograd.inc.
const WinogradF32Kernel& conv_winograd_select(IsaTier tier = host_cpu_features().tier,
                                              std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
