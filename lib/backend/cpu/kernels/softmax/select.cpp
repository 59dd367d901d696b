#include "backend/cpu/kernels/softmax/select.h"

namespace vernier {

const SoftmaxF32Kernel& softmax_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const SoftmaxF32Kernel* chosen = nullptr;
#define VERNIER_SOFTMAX_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/softmax/kernels.inc"
#undef VERNIER_SOFTMAX_F32
  return *chosen;
}

}  // namespace vernier
