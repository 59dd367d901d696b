#pragma once
#include <vector>

#include "backend/cpu/kernels/qeltwise/qeltwise.h"
#include "backend/cpu/kernels/qsimd/row_choice.h"

namespace vernier {

// The first row of kernels.inc (table.inc) that `tier` can run with the extra instructions of
// `features`. Rows passed over are appended to `skipped`.
const QEltwiseKernel& qeltwise_select(IsaTier tier = host_cpu_features().tier,
                                      const CpuFeatures& features = host_cpu_features(),
                                      std::vector<KernelSkip>* skipped = nullptr);
const QTableKernel& qtable_select(IsaTier tier = host_cpu_features().tier,
                                  const CpuFeatures& features = host_cpu_features(),
                                  std::vector<KernelSkip>* skipped = nullptr);

}  // namespace vernier
