#pragma once
// How a family's select.cpp walks the rows of its kernels.inc.
#include <string>
#include <vector>

#include "base/cpu_features.h"

namespace vernier {

// A row that was passed over, and why.
struct KernelSkip {
  const char* kernel;
  std::string reason;
};

// Whether a row that needs tier `needs` runs on `tier`; if not, says so in `skipped` (may be null).
inline bool kernel_fits(IsaTier tier, IsaTier needs, const char* kernel,
                        std::vector<KernelSkip>* skipped) {
  if (tier >= needs) return true;
  if (skipped != nullptr) {
    skipped->push_back({kernel, "needs " + std::string(isa_tier_name(needs)) + ", limited to " +
                                    std::string(isa_tier_name(tier))});
  }
  return false;
}

}  // namespace vernier
