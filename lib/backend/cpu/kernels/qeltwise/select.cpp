#include "backend/cpu/kernels/qeltwise/select.h"

namespace vernier {

const QEltwiseKernel& qeltwise_select(IsaTier tier, const CpuFeatures& features,
                                      std::vector<KernelSkip>* skipped) {
  const QEltwiseKernel* chosen = nullptr;
#define VERNIER_QELTWISE(isa, extra, kernel)                                          \
  if (chosen == nullptr &&                                                            \
      kernel_fits(tier, features, IsaTier::isa, IsaExtra::extra, #kernel, skipped)) { \
    chosen = &kernel;                                                                 \
  }
#include "backend/cpu/kernels/qeltwise/kernels.inc"
#undef VERNIER_QELTWISE
  return *chosen;
}

const QTableKernel& qtable_select(IsaTier tier, const CpuFeatures& features,
                                  std::vector<KernelSkip>* skipped) {
  const QTableKernel* chosen = nullptr;
#define VERNIER_QTABLE(isa, extra, kernel)                                            \
  if (chosen == nullptr &&                                                            \
      kernel_fits(tier, features, IsaTier::isa, IsaExtra::extra, #kernel, skipped)) { \
    chosen = &kernel;                                                                 \
  }
#include "backend/cpu/kernels/qeltwise/table.inc"
#undef VERNIER_QTABLE
  return *chosen;
}

}  // namespace vernier
