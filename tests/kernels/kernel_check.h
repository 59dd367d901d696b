#pragma once
// What the fp32 kernel tests share: guarded buffers, seeded numbers, scalar double-precision
// activations, tolerances.
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "backend/cpu/kernels/simd/activation.h"
#include "base/cpu_features.h"

namespace vernier::kernel_check {

// `count` floats that end exactly at an unreadable page: reading one float beyond them is a fault.
class GuardedFloats {
 public:
  explicit GuardedFloats(size_t count) : count_(count) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t body = (count * sizeof(float) + page - 1) / page * page;
    bytes_ = body + page;
    base_ = static_cast<char*>(
        mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(base_ != MAP_FAILED);
    REQUIRE(mprotect(base_ + body, page, PROT_NONE) == 0);
    data_ = reinterpret_cast<float*>(base_ + body - count * sizeof(float));
  }
  ~GuardedFloats() { munmap(base_, bytes_); }
  GuardedFloats(const GuardedFloats&) = delete;
  GuardedFloats& operator=(const GuardedFloats&) = delete;

  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t size() const { return count_; }
  float& operator[](ptrdiff_t i) { return data_[i]; }
  float operator[](ptrdiff_t i) const { return data_[i]; }

 private:
  size_t count_;
  size_t bytes_ = 0;
  char* base_ = nullptr;
  float* data_ = nullptr;
};

// SplitMix64.
class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  ptrdiff_t range(ptrdiff_t lo, ptrdiff_t hi) {
    return lo + static_cast<ptrdiff_t>(next() % static_cast<uint64_t>(hi - lo + 1));
  }
  float value() { return static_cast<float>(next() >> 40U) / 8388608.0F - 1.0F; }
  void fill(float* p, size_t count) {
    for (size_t i = 0; i < count; ++i) p[i] = value();
  }

 private:
  uint64_t state_;
};

constexpr float kCanary = -12345.678F;

inline void fill_canary(GuardedFloats* b) {
  for (size_t i = 0; i < b->size(); ++i) b->data()[i] = kCanary;
}

inline double clamp_nan(double x, double lo, double hi) { return x < lo ? lo : (x > hi ? hi : x); }

inline double activate(const ActivationF32& act, double x) {
  const double alpha = static_cast<double>(act.alpha);
  const double beta = static_cast<double>(act.beta);
  switch (act.kind) {
    case ActivationKind::none:
      return x;
    case ActivationKind::relu:
      return x < 0 ? 0 : x;
    case ActivationKind::clip:
      return clamp_nan(x, alpha, beta);
    case ActivationKind::sigmoid:
      return 1 / (1 + std::exp(-x));
    case ActivationKind::silu:
      return x / (1 + std::exp(-x));
    case ActivationKind::hardswish:
      return x * clamp_nan(x / 6 + 0.5, 0, 1);
    case ActivationKind::hardsigmoid:
      return clamp_nan(alpha * x + beta, 0, 1);
    case ActivationKind::leaky_relu:
      return x < 0 ? alpha * x : x;
    case ActivationKind::tanh:
      return std::tanh(x);
    case ActivationKind::gelu_erf:
      return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    case ActivationKind::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
  }
  return x;
}

constexpr ActivationF32 kActivations[] = {
    {ActivationKind::none, 0, 0},
    {ActivationKind::relu, 0, 0},
    {ActivationKind::clip, -0.5F, 0.75F},
    {ActivationKind::sigmoid, 0, 0},
    {ActivationKind::silu, 0, 0},
    {ActivationKind::hardswish, 0, 0},
    {ActivationKind::hardsigmoid, 0.2F, 0.5F},
    {ActivationKind::leaky_relu, 0.1F, 0},
    {ActivationKind::tanh, 0, 0},
    {ActivationKind::gelu_erf, 0, 0},
    {ActivationKind::gelu_tanh, 0, 0},
};

// What a scalar reference found for one output: the value before the activation and the sum of
// |terms|.
struct Expected {
  double sum = 0;
  double magnitude = 0;
  void add(double term) {
    sum += term;
    magnitude += std::fabs(term);
  }
};

// The rounding that a chain of k multiply-adds adds up to (a random walk, with room), times the
// largest slope of an activation, plus a few units in the last place of the activation itself.
// `slack` > 1 widens it for algorithms that regroup sums.
inline bool close(float got, const Expected& want, const ActivationF32& act, ptrdiff_t k,
                  double slack = 1) {
  const double value = activate(act, want.sum);
  if (std::isnan(value)) return std::isnan(got);
  if (std::isinf(value)) return static_cast<double>(got) == value;
  const double eps = static_cast<double>(std::numeric_limits<float>::epsilon());
  const double tolerance =
      slack * 1.6 * eps * (std::sqrt(static_cast<double>(k)) + 4) * want.magnitude +
      8 * eps * std::fabs(value) + 4 * eps;
  return std::fabs(static_cast<double>(got) - value) <= tolerance;
}

inline bool same_bits(const float* a, const float* b, size_t count) {
  return std::memcmp(a, b, count * sizeof(float)) == 0;
}

// True if the host runs kernels of this tier; otherwise says so in the test's output.
inline bool host_runs(IsaTier needs, const char* kernel) {
  if (host_cpu_features().tier >= needs) return true;
  WARN("skipped " << kernel << ": this host lacks " << isa_tier_name(needs));
  return false;
}

}  // namespace vernier::kernel_check
