#include "backend/cpu/kernels/reduce/select.h"

namespace vernier {

const ReduceF32Kernel& reduce_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const ReduceF32Kernel* chosen = nullptr;
#define VERNIER_REDUCE_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/reduce/kernels.inc"
#undef VERNIER_REDUCE_F32
  return *chosen;
}

}  // namespace vernier
