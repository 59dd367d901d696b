#include "backend/cpu/kernels/wgemm/select.h"

namespace vernier {

const WeightKernel& wgemm_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const WeightKernel* chosen = nullptr;
#define VERNIER_WGEMM(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/wgemm/kernels.inc"
#undef VERNIER_WGEMM
  return *chosen;
}

}  // namespace vernier
