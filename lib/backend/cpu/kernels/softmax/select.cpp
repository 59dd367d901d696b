#include "backend/cpu/kernels/softmax/select.h"

namespace vernier {

const SoftmaxF32Kernel& softmax_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const SoftmaxF32Kernel* chosen = nullptr;
#define VERNIER_SOFTMAX_F32(isa, kernel)                                                         \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/softmax/kernels.inc"
#undef VERNIER_SOFTMAX_F32
  return *chosen;
}

}  // namespace vernier
