#include "backend/cpu/kernels/reduce/select.h"

namespace vernier {

const ReduceF32Kernel& reduce_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const ReduceF32Kernel* chosen = nullptr;
#define VERNIER_REDUCE_F32(isa, kernel)                                                          \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/reduce/kernels.inc"
#undef VERNIER_REDUCE_F32
  return *chosen;
}

}  // namespace vernier
