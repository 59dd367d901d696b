#include "backend/cpu/kernels/resize/select.h"

namespace vernier {

const ResizeF32Kernel& resize_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const ResizeF32Kernel* chosen = nullptr;
#define VERNIER_RESIZE_F32(isa, kernel)                                                          \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/resize/kernels.inc"
#undef VERNIER_RESIZE_F32
  return *chosen;
}

}  // namespace vernier
