#include "backend/cpu/kernels/qgemm/select.h"

namespace vernier {

const QGemmKernel& qgemm_select(IsaTier tier, const CpuFeatures& features,
                                std::vector<KernelSkip>* skipped) {
  const QGemmKernel* chosen = nullptr;
#define VERNIER_QGEMM(isa, extra, kernel)                                             \
  if (chosen == nullptr &&                                                            \
      kernel_fits(tier, features, IsaTier::isa, IsaExtra::extra, #kernel, skipped)) { \
    chosen = &kernel;                                                                 \
  }
#include "backend/cpu/kernels/qgemm/kernels.inc"
#undef VERNIER_QGEMM
  return *chosen;
}

}  // namespace vernier
