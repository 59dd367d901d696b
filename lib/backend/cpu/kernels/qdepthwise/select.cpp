#include "backend/cpu/kernels/qdepthwise/select.h"

namespace vernier {

const QDepthwiseKernel& qdepthwise_select(IsaTier tier, const CpuFeatures& features,
                                          std::vector<KernelSkip>* skipped) {
  const QDepthwiseKernel* chosen = nullptr;
#define VERNIER_QDEPTHWISE(isa, extra, kernel)                                        \
  if (chosen == nullptr &&                                                            \
      kernel_fits(tier, features, IsaTier::isa, IsaExtra::extra, #kernel, skipped)) { \
    chosen = &kernel;                                                                 \
  }
#include "backend/cpu/kernels/qdepthwise/kernels.inc"
#undef VERNIER_QDEPTHWISE
  return *chosen;
}

}  // namespace vernier
