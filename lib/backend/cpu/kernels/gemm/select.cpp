#include "backend/cpu/kernels/gemm/select.h"

namespace vernier {

const GemmF32Kernel& gemm_f32_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const GemmF32Kernel* chosen = nullptr;
#define VERNIER_GEMM_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/gemm/kernels.inc"
#undef VERNIER_GEMM_F32
  return *chosen;
}

}  // namespace vernier
