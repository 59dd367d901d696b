#include "backend/cpu/kernels/copy/select.h"

namespace vernier {

const CopyKernel& copy_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const CopyKernel* chosen = nullptr;
#define VERNIER_COPY(isa, kernel)                                                                \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/copy/kernels.inc"
#undef VERNIER_COPY
  return *chosen;
}

}  // namespace vernier
