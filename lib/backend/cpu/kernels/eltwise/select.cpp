#include "backend/cpu/kernels/eltwise/select.h"

namespace vernier {

const EltwiseF32Kernel& eltwise_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const EltwiseF32Kernel* chosen = nullptr;
#define VERNIER_ELTWISE_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/eltwise/kernels.inc"
#undef VERNIER_ELTWISE_F32
  return *chosen;
}

}  // namespace vernier
