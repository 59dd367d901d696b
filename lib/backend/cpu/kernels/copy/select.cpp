#include "backend/cpu/kernels/copy/select.h"

namespace vernier {

const CopyKernel& copy_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const CopyKernel* chosen = nullptr;
#define VERNIER_COPY(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/copy/kernels.inc"
#undef VERNIER_COPY
  return *chosen;
}

}  // namespace vernier
