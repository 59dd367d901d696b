#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/counter_random.h"
#include "measure/measurement.h"

/// Random variates that are equal on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : key_(vernier::random_key(seed, "synthetic")) {}
  double uniform() {
    return (static_cast<double>(vernier::counter_random(key_, count_++) >> 11U) + 0.5) * 0x1p-53;
  }
  double normal() {  // Box & Muller
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
  double exponential() { return -std::log(uniform()); }

 private:
  std::uint64_t key_;
  std::uint64_t count_ = 0;
};

/// Blocks of runs around 1 ms.
struct Script {
  int blocks = 20;
  int runs = 50;
  enum class Shape { normal, lognormal, exponential, uniform } shape = Shape::normal;
  double sd = 0.05;     ///< of the logarithm; exponential, uniform: scale
  double ar = 0.0;      ///< lag-1 correlation within a block
  double block = 0.0;   ///< sd of the blocks' levels
  double drift = 0.0;   ///< change from the first to the last block
  double often = 0.0;   ///< share of runs in a second mode
  double distance = 0;  ///< of the second mode
  double mean = 1e6;
};

inline std::vector<vernier::BlockSamples> make_blocks(const Script& s, Random& random) {
  std::vector<vernier::BlockSamples> list;
  for (int b = 0; b < s.blocks; ++b) {
    vernier::BlockSamples block;
    block.round = b;
    const double level =
        s.block * random.normal() + (s.blocks > 1 ? s.drift * b / (s.blocks - 1) : 0);
    double z = 0;
    for (int i = 0; i < s.runs; ++i) {
      z = i == 0 ? random.normal() : s.ar * z + std::sqrt(1 - s.ar * s.ar) * random.normal();
      double x = s.sd * z;
      if (s.shape == Script::Shape::exponential) x = std::log1p(s.sd * random.exponential());
      if (s.shape == Script::Shape::uniform) x = std::log1p(s.sd * random.uniform());
      if (s.often > 0 && random.uniform() < s.often) x += s.distance;
      x += level;
      // A symmetric scatter of times, or of their logarithms.
      const double factor = s.shape == Script::Shape::normal ? 1 + x : std::exp(x);
      block.ns.push_back(std::llround(s.mean * factor));
      block.wall_ns += block.ns.back();
    }
    list.push_back(std::move(block));
  }
  return list;
}
