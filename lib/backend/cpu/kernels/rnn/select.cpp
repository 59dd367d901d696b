#include "backend/cpu/kernels/rnn/select.h"

namespace vernier {

const RnnF32Kernel& rnn_select(IsaTier tier, std::vector<KernelSkip>* skipped) {
  const RnnF32Kernel* chosen = nullptr;
#define VERNIER_RNN_F32(isa, kernel) \
  if (chosen == nullptr && kernel_fits(tier, IsaTier::isa, #kernel, skipped)) chosen = &kernel;
#include "backend/cpu/kernels/rnn/kernels.inc"
#undef VERNIER_RNN_F32
  return *chosen;
}

}  // namespace vernier
