#include "backend/cpu/kernels/qpool/select.h"

namespace vernier {

const QPoolKernel& qpool_select(IsaTier tier, const CpuFeatures& features,
                                std::vector<KernelSkip>* skipped) {
  const QPoolKernel* chosen = nullptr;
#define VERNIER_QPOOL(isa, extra, kernel)                                             \
  if (chosen == nullptr &&                                                            \
      kernel_fits(tier, features, IsaTier::isa, IsaExtra::extra, #kernel, skipped)) { \
    chosen = &kernel;                                                                 \
  }
#include "backend/cpu/kernels/qpool/kernels.inc"
#undef VERNIER_QPOOL
  return *chosen;
}

}  // namespace vernier
