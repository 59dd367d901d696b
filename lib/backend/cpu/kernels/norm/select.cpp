#include "backend/cpu/kernels/norm/select.h"

namespace vernier {

const NormF32Kernel& norm_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const NormF32Kernel* chosen = nullptr;
#define VERNIER_NORM_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/norm/kernels.inc"
#undef VERNIER_NORM_F32
  return *chosen;
}

}  // namespace vernier
