#include "backend/cpu/kernels/depthwise/select.h"

namespace vernier {

const DepthwiseF32Kernel& depthwise_f32_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const DepthwiseF32Kernel* chosen = nullptr;
#define VERNIER_DEPTHWISE_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/depthwise/kernels.inc"
#undef VERNIER_DEPTHWISE_F32
  return *chosen;
}

}  // namespace vernier
