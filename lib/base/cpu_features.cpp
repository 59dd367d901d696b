#include "base/cpu_features.h"

#include <cpuid.h>

#include <cstdlib>
#include <cstring>

namespace vernier {
namespace {

std::uint64_t read_xcr0() {
  std::uint32_t eax = 0;
  std::uint32_t edx = 0;
  __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return (static_cast<std::uint64_t>(edx) << 32U) | eax;
}

bool bit(std::uint32_t word, unsigned index) { return ((word >> index) & 1U) != 0; }

CpuFeatures detect() {
  CpuFeatures f;
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(0, &a, &b, &c, &d) != 0) {
    char vendor[13] = {};
    std::memcpy(vendor, &b, 4);
    std::memcpy(vendor + 4, &d, 4);
    std::memcpy(vendor + 8, &c, 4);
    f.vendor = vendor;
  }
  char brand[49] = {};
  for (std::uint32_t leaf = 0; leaf < 3; ++leaf) {
    if (__get_cpuid(0x80000002U + leaf, &a, &b, &c, &d) == 0) break;
    const std::uint32_t words[4] = {a, b, c, d};
    std::memcpy(brand + 16 * leaf, words, 16);
  }
  f.brand = brand;
  while (!f.brand.empty() && f.brand.back() == ' ') f.brand.pop_back();

  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || !bit(c, 27)) return f;  // no OSXSAVE
  const std::uint64_t xcr0 = read_xcr0();
  const bool os_avx = (xcr0 & 0x6U) == 0x6U;
  const bool os_avx512 = (xcr0 & 0xE6U) == 0xE6U;
  const bool os_amx = (xcr0 & 0x60000U) == 0x60000U;
  const bool avx_fma_f16c = bit(c, 28) && bit(c, 12) && bit(c, 29);
  std::uint32_t a7 = 0, b7 = 0, c7 = 0, d7 = 0;
  if (__get_cpuid_count(7, 0, &a7, &b7, &c7, &d7) == 0) return f;
  const std::uint32_t max_subleaf = a7;
  std::uint32_t a71 = 0;
  if (max_subleaf >= 1) {
    std::uint32_t b71 = 0, c71 = 0, d71 = 0;
    if (__get_cpuid_count(7, 1, &a71, &b71, &c71, &d71) == 0) a71 = 0;
  }
  if (os_avx && avx_fma_f16c && bit(b7, 5)) f.tier = IsaTier::avx2;
  const bool avx512 = bit(b7, 16) && bit(b7, 30) && bit(b7, 31) && bit(b7, 17);
  if (f.tier == IsaTier::avx2 && os_avx512 && avx512) {
    f.tier = IsaTier::avx512;
    f.avx512_vnni = bit(c7, 11);
    f.avx512_vbmi = bit(c7, 1);
    f.avx512_bf16 = bit(a71, 5);
    f.avx512_fp16 = bit(d7, 23);
  }
  f.avx_vnni = f.tier != IsaTier::generic && bit(a71, 4);
  if (os_amx) {
    f.amx_tile = bit(d7, 24);
    f.amx_int8 = bit(d7, 25);
    f.amx_bf16 = bit(d7, 22);
  }
  return f;
}

}  // namespace

std::string_view isa_tier_name(IsaTier tier) noexcept {
  switch (tier) {
    case IsaTier::avx512:
      return "avx512";
    case IsaTier::avx2:
      return "avx2";
    case IsaTier::generic:
      break;
  }
  return "generic";
}

const CpuFeatures& host_cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

Result<IsaTier> effective_isa_tier() {
  const IsaTier host = host_cpu_features().tier;
  const char* value = std::getenv("VERNIER_ISA");
  if (value == nullptr || *value == '\0') return host;
  for (const IsaTier tier : {IsaTier::generic, IsaTier::avx2, IsaTier::avx512}) {
    if (isa_tier_name(tier) != value) continue;
    if (tier > host) {
      return make_error(Errc::device, "E-ISA-ABSENT",
                        "VERNIER_ISA=" + std::string(value) + " but this CPU offers only " +
                            std::string(isa_tier_name(host)));
    }
    return tier;
  }
  return usage_error("VERNIER_ISA='" + std::string(value) +
                     "' is not one of generic, avx2, avx512");
}

std::vector<std::string> cpu_feature_names(const CpuFeatures& f) {
  std::vector<std::string> names;
  if (f.tier >= IsaTier::avx2) names.emplace_back("avx2");
  if (f.tier >= IsaTier::avx512) names.emplace_back("avx512");
  const std::pair<bool, const char*> rows[] = {
      {f.avx512_vnni, "avx512_vnni"}, {f.avx512_bf16, "avx512_bf16"},
      {f.avx512_fp16, "avx512_fp16"}, {f.avx512_vbmi, "avx512_vbmi"},
      {f.avx_vnni, "avx_vnni"},       {f.amx_tile, "amx_tile"},
      {f.amx_int8, "amx_int8"},       {f.amx_bf16, "amx_bf16"},
  };
  for (const auto& [present, name] : rows) {
    if (present) names.emplace_back(name);
  }
  return names;
}

}  // namespace vernier
