#include "backend/cpu/kernels/resize/select.h"

namespace vernier {

const ResizeF32Kernel& resize_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const ResizeF32Kernel* chosen = nullptr;
#define VERNIER_RESIZE_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/resize/kernels.inc"
#undef VERNIER_RESIZE_F32
  return *chosen;
}

}  // namespace vernier
