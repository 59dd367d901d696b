#pragma once
#include <vector>

#include "backend/cpu/kernels/rnn/rnn.h"
#include "backend/cpu/kernels/simd/kernel_choice.h"

namespace vernier {

// The first row of kernels.inc that `tier` can run. Rows passed over are appended to `skipped`.
const RnnF32Kernel& rnn_select(IsaTier tier = host_cpu_features().tier,
                               std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
