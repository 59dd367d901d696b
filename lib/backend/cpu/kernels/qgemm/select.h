#pragma once
#include <vector>

#include "backend/cpu/kernels/qgemm/qgemm.h"
#include "backend/cpu/kernels/qsimd/row_choice.h"

namespace vernier {

// The first row of kernels.inc that `tier` can run with the extra instructions of `features`. Rows
// passed over are appended to `skipped`.
const QGemmKernel& qgemm_select(IsaTier tier = host_cpu_features().tier,
                                const CpuFeatures& features = host_cpu_features(),
                                std::vector<KernelSkip>* skipped = nullptr);

/// Sums of two products saturate at 16 bits, as vpmaddubsw does; weights must be s8. Not a row of
/// kernels.inc, whose rows are exact.
const QGemmKernel& qgemm_saturating();

}  // namespace vernier
