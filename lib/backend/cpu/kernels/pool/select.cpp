#include "backend/cpu/kernels/pool/select.h"

namespace vernier {

const PoolF32Kernel& pool_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const PoolF32Kernel* chosen = nullptr;
#define VERNIER_POOL_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/pool/kernels.inc"
#undef VERNIER_POOL_F32
  return *chosen;
}

}  // namespace vernier
