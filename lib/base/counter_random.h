#pragma once

#include <cstdint>
#include <string_view>

namespace vernier {

/// SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA'14).
constexpr std::uint64_t mix_bits(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// Random bits that depend on key and counter only; equal on every machine. Counters 0, 1, 2, ...
/// give the sequence of SplitMix64 seeded with `key`.
constexpr std::uint64_t counter_random(std::uint64_t key, std::uint64_t counter) noexcept {
  return mix_bits(key + (counter + 1) * 0x9E3779B97F4A7C15U);
}

/// Key of a stream: seed and name mixed.
constexpr std::uint64_t random_key(std::uint64_t seed, std::string_view name) noexcept {
  std::uint64_t key = mix_bits(seed + 0x9E3779B97F4A7C15U);
  for (const char c : name) key = mix_bits(key ^ static_cast<std::uint8_t>(c));
  return key;
}

/// An index in [0, n) from random bits (the high half of a 64 x 64 bit product); n >= 1.
constexpr std::uint64_t random_below(std::uint64_t random, std::uint64_t n) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(random) * n) >> 64U);
}

}  // namespace vernier
