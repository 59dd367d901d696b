#pragma once
#include <vector>

#include "backend/cpu/kernels/qdepthwise/qdepthwise.h"
#include "backend/cpu/kernels/qsimd/row_choice.h"

namespace vernier {

// The first row of kernels.inc that `tier` can run with the extra instructions of `features`. Rows
// passed over are appended to `skipped`.
const QDepthwiseKernel& qdepthwise_select(IsaTier tier = host_cpu_features().tier,
                                          const CpuFeatures& features = host_cpu_features(),
                                          std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
