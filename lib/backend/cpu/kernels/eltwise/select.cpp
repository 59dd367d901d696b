#include "backend/cpu/kernels/eltwise/select.h"

namespace vernier {

const EltwiseF32Kernel& eltwise_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const EltwiseF32Kernel* chosen = nullptr;
#define VERNIER_ELTWISE_F32(isa, kernel)                                                         \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/eltwise/kernels.inc"
#undef VERNIER_ELTWISE_F32
  return *chosen;
}

}  // namespace vernier
