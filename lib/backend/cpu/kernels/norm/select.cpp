#include "backend/cpu/kernels/norm/select.h"

namespace vernier {

const NormF32Kernel& norm_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const NormF32Kernel* chosen = nullptr;
#define VERNIER_NORM_F32(isa, kernel)                                                            \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/norm/kernels.inc"
#undef VERNIER_NORM_F32
  return *chosen;
}

}  // namespace vernier
