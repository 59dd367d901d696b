#pragma once
#include <vector>

#include "backend/cpu/kernels/copy/copy.h"
#include "backend/cpu/kernels/simd/kernel_choice.h"

namespace vernier {

// The first row of kernels.inc that `tier` can run. Rows passed over are appended to `skipped`.
const CopyKernel& copy_select(IsaTier tier = host_cpu_features().tier,
                              std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
