#include "backend/cpu/kernels/rnn/select.h"

namespace vernier {

const RnnF32Kernel& rnn_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const RnnF32Kernel* chosen = nullptr;
#define VERNIER_RNN_F32(isa, kernel)                                                             \
  if (chosen == nullptr) {                                                                       \
    if (tier >= IsaTier::isa) {                                                                  \
      chosen = &kernel;                                                                          \
    } else if (skipped != nullptr) {                                                             \
      skipped->push_back({#kernel, "needs " #isa ", have " + std::string(isa_tier_name(tier))}); \
    }                                                                                            \
  }
#include "backend/cpu/kernels/rnn/kernels.inc"
#undef VERNIER_RNN_F32
  return *chosen;
}

}  // namespace vernier
