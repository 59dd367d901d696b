#pragma once
#include <vector>

#include "backend/cpu/kernels/gemm/gemm.h"
#include "backend/cpu/kernels/simd/kernel_choice.h"

namespace vernier {

// The first row of kernels.inc that `tier` can run; never null. Rows passed over are appended to
// `skipped`.
const GemmF32Kernel& gemm_f32_select(IsaTier tier = host_cpu_features().tier,
                                     std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
