#pragma once
#include <vector>

#include "backend/cpu/kernels/simd/kernel_choice.h"
#include "backend/cpu/kernels/wgemm/wgemm.h"

namespace vernier {

// The first row of kernels.inc that `tier` can run. Rows passed over are appended to `skipped`.
const WeightKernel& wgemm_select(IsaTier tier = host_cpu_features().tier,
                                 std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
