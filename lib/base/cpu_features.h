#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vernier {

/// Instruction-set tiers that kernels are written for; ordered, a higher tier contains the lower.
/// avx2 = AVX2 + FMA + F16C; avx512 = AVX-512 F/BW/VL/DQ.
enum class IsaTier : std::uint8_t { generic = 0, avx2 = 1, avx512 = 2 };

std::string_view isa_tier_name(IsaTier tier) noexcept;

/// What CPUID and the operating system's enabled state say; never decided by model number.
struct CpuFeatures {
  IsaTier tier = IsaTier::generic;
  bool avx512_vnni = false;
  bool avx512_bf16 = false;
  bool avx512_fp16 = false;
  bool avx512_vbmi = false;
  bool avx_vnni = false;
  bool amx_tile = false;  ///< reported by CPUID; tile permission is asked for by who uses it
  bool amx_int8 = false;
  bool amx_bf16 = false;
  std::string vendor;
  std::string brand;
};

/// The host's features, uncapped. Read once.
const CpuFeatures& host_cpu_features();

/// The tier to run with: the host's, capped by the environment variable VERNIER_ISA
/// (generic|avx2|avx512). Error (usage) when the name is unknown, (device) when the host lacks it.
Result<IsaTier> effective_isa_tier();

/// Names of the feature flags that are present, for reports.
std::vector<std::string> cpu_feature_names(const CpuFeatures& features);

}  // namespace vernier
