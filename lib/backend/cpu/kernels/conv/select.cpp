#include "backend/cpu/kernels/conv/select.h"

namespace vernier {

const GemmF32Kernel& conv_f32_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const GemmF32Kernel* chosen = nullptr;
#define VERNIER_CONV_F32(isa, kernel, tiles) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &tiles;
#include "backend/cpu/kernels/conv/kernels.inc"
#undef VERNIER_CONV_F32
  return *chosen;
}

const WinogradF32Kernel& conv_winograd_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const WinogradF32Kernel* chosen = nullptr;
#define VERNIER_WINOGRAD_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/conv/winograd.inc"
#undef VERNIER_WINOGRAD_F32
  return *chosen;
}

}  // namespace vernier
