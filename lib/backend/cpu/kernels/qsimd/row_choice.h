#pragma once
// Rows that need instructions beyond their tier.
#include "backend/cpu/kernels/simd/kernel_choice.h"

namespace vernier {

enum class IsaExtra : std::uint8_t { none, avx_vnni, avx512_vnni, avx512_vbmi };

constexpr const char* isa_extra_name(IsaExtra extra) {
  switch (extra) {
    case IsaExtra::avx_vnni:
      return "avx_vnni";
    case IsaExtra::avx512_vnni:
      return "avx512_vnni";
    case IsaExtra::avx512_vbmi:
      return "avx512_vbmi";
    case IsaExtra::none:
      break;
  }
  return "none";
}

inline bool has_extra(const CpuFeatures& features, IsaExtra extra) {
  switch (extra) {
    case IsaExtra::avx_vnni:
      return features.avx_vnni;
    case IsaExtra::avx512_vnni:
      return features.avx512_vnni;
    case IsaExtra::avx512_vbmi:
      return features.avx512_vbmi;
    case IsaExtra::none:
      break;
  }
  return true;
}

// kernel_fits for a row of tier `needs` that also uses `extra`.
inline bool kernel_fits(IsaTier tier, const CpuFeatures& features, IsaTier needs, IsaExtra extra,
                        const char* kernel, std::vector<KernelSkip>* skipped) {
  if (!kernel_fits(tier, needs, kernel, skipped)) return false;
  if (has_extra(features, extra)) return true;
  if (skipped != nullptr) {
    skipped->push_back({kernel, std::string("needs ") + isa_extra_name(extra)});
  }
  return false;
}

}  // namespace vernier
