#pragma once
// What the integer kernel tests share: guarded bytes, seeded operands with extremes, and the scalar
// definition of qsimd/epilogue.h.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "backend/cpu/kernels/qsimd/epilogue.h"
#include "backend/cpu/kernels/qsimd/row_choice.h"
#include "kernel_check.h"

namespace vernier::q_check {

using kernel_check::Rng;

// `count` elements that end exactly at an unreadable page.
template <class T>
class Guarded {
 public:
  explicit Guarded(ptrdiff_t count) : count_(count) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t bytes = static_cast<size_t>(std::max<ptrdiff_t>(count, 1)) * sizeof(T);
    const size_t body = (bytes + page - 1) / page * page;
    size_ = body + page;
    base_ = static_cast<char*>(
        mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(base_ != MAP_FAILED);
    REQUIRE(mprotect(base_ + body, page, PROT_NONE) == 0);
    data_ = reinterpret_cast<T*>(base_ + body - static_cast<size_t>(count) * sizeof(T));
  }
  ~Guarded() { munmap(base_, size_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  T* data() { return data_; }
  const T* data() const { return data_; }
  ptrdiff_t size() const { return count_; }
  T& operator[](ptrdiff_t i) { return data_[i]; }
  const T& operator[](ptrdiff_t i) const { return data_[i]; }

 private:
  ptrdiff_t count_;
  size_t size_ = 0;
  char* base_ = nullptr;
  T* data_ = nullptr;
};
using Bytes = Guarded<std::uint8_t>;

// Packed weights: 64-byte aligned, any size.
class Aligned {
 public:
  explicit Aligned(size_t bytes) : storage_(bytes + 64) {}
  char* data() {
    return storage_.data() + (64 - reinterpret_cast<uintptr_t>(storage_.data()) % 64) % 64;
  }

 private:
  std::vector<char> storage_;
};

// Random bytes; one in four buffers holds only the extremes of both types.
inline void fill_bytes(Rng* rng, Bytes* b) {
  constexpr std::uint8_t kEnds[] = {0x00, 0xFF, 0x80, 0x7F};
  const bool ends = rng->range(0, 3) == 0;
  for (ptrdiff_t i = 0; i < b->size(); ++i) {
    (*b)[i] = ends ? kEnds[rng->range(0, 3)] : static_cast<std::uint8_t>(rng->next() >> 40U);
  }
}

inline std::int32_t value_of(std::uint8_t byte, bool is_signed) {
  return is_signed ? static_cast<std::int8_t>(byte) : byte;
}
inline std::int32_t random_zero(Rng* rng, bool is_signed) {
  return static_cast<std::int32_t>(is_signed ? rng->range(-128, 127) : rng->range(0, 255));
}

// An epilogue that exercises everything, with outputs that do not all saturate when the sum times
// its scale is about +-100.
struct EpilogueCase {
  QEpilogue e;
  bool residual;
  std::vector<std::uint8_t> table;
};
inline EpilogueCase random_epilogue(Rng* rng, bool allow_floats = true) {
  EpilogueCase c{};
  const auto out = static_cast<QOut>(rng->range(0, allow_floats ? 2 : 1));
  const bool is_signed = out == QOut::s8;
  c.e = q_epilogue(out, random_zero(rng, is_signed));
  if (rng->range(0, 2) == 0) {
    c.e.lo = random_zero(rng, is_signed);
    c.e.hi = random_zero(rng, is_signed);
    if (c.e.lo > c.e.hi) std::swap(c.e.lo, c.e.hi);
    c.e.lo_f32 = -20.5F;
    c.e.hi_f32 = 60.25F;
  }
  c.residual = rng->range(0, 1) == 0;
  if (c.residual) {
    c.e.residual_signed = rng->range(0, 1) == 0;
    c.e.residual_zero = random_zero(rng, c.e.residual_signed);
    c.e.residual_scale = 0.7F + rng->value() * 0.5F;
  }
  if (rng->range(0, 2) == 0) {
    c.e.mid = true;
    c.e.mid_lo = -static_cast<std::int32_t>(rng->range(0, 255));
    c.e.mid_hi = c.e.mid_lo + 255;
    c.e.mid_scale = 0.9F + rng->value() * 0.5F;
  }
  if (out != QOut::f32 && rng->range(0, 2) == 0) {
    c.table.resize(256);
    for (std::uint8_t& t : c.table) t = static_cast<std::uint8_t>(rng->next() >> 40U);
    c.e.table = c.table.data();
  }
  return c;
}

// qsimd/epilogue.h, literally.
inline float scaled(std::int32_t sum, float scale, float offset, const QEpilogue& e,
                    const std::uint8_t* residual) {
  float t = std::fma(static_cast<float>(sum), scale, offset);
  if (e.mid) {
    const float r = std::nearbyint(t);
    t = std::min(std::max(r, static_cast<float>(e.mid_lo)), static_cast<float>(e.mid_hi)) *
        e.mid_scale;
  }
  if (residual != nullptr) {
    const std::int32_t r = value_of(*residual, e.residual_signed) - e.residual_zero;
    t = std::fma(static_cast<float>(r), e.residual_scale, t);
  }
  return t;
}
inline std::uint8_t rounded(float t, std::int32_t zero, std::int32_t lo, std::int32_t hi) {
  const double y = static_cast<double>(std::nearbyint(t)) + zero;
  return static_cast<std::uint8_t>(
      static_cast<std::int32_t>(std::min<double>(std::max<double>(y, lo), hi)));
}
// The expected output, as the bytes that are written.
inline std::uint32_t expected(std::int32_t sum, float scale, float offset, const QEpilogue& e,
                              const std::uint8_t* residual) {
  const float t = scaled(sum, scale, offset, e, residual);
  if (e.out == QOut::f32) {
    const float y = std::min(std::max(t, e.lo_f32), e.hi_f32);
    std::uint32_t bits = 0;
    std::memcpy(&bits, &y, sizeof(bits));
    return bits;
  }
  const std::uint8_t y = rounded(t, e.zero, e.lo, e.hi);
  return e.table != nullptr ? e.table[y] : y;
}

// Numbers of the output channels.
struct ChannelCase {
  std::vector<float> scale, offset;
  std::vector<std::int32_t> bias, weight_zero;
  QChannels channels{};
  ptrdiff_t scale_step = 1, zero_step = 1;

  // `k` products a sum; weights have zero points of their own where `zeros`.
  ChannelCase(Rng* rng, ptrdiff_t n, ptrdiff_t k, bool weights_signed, bool zeros) {
    scale_step = rng->range(0, 3) == 0 ? 0 : 1;
    zero_step = rng->range(0, 1);
    for (ptrdiff_t i = 0; i < n; ++i) {
      scale.push_back((0.2F + std::fabs(rng->value())) / (60.0F * std::sqrt(float(k))));
      offset.push_back(rng->value() * 40);
      bias.push_back(static_cast<std::int32_t>(rng->range(-40000, 40000)));
      weight_zero.push_back(random_zero(rng, weights_signed));
    }
    channels.scale = scale.data();
    channels.scale_step = scale_step;
    if (rng->range(0, 1) == 0) channels.offset = offset.data();
    if (rng->range(0, 1) == 0) channels.bias = bias.data();
    if (zeros) {
      channels.weight_zero = weight_zero.data();
      channels.weight_zero_step = zero_step;
    }
    default_zero_ = weights_signed ? 0 : 128;
  }
  float scale_of(ptrdiff_t c) const { return scale[static_cast<size_t>(c * scale_step)]; }
  float offset_of(ptrdiff_t c) const {
    return channels.offset != nullptr ? offset[static_cast<size_t>(c)] : 0.0F;
  }
  std::int32_t bias_of(ptrdiff_t c) const {
    return channels.bias != nullptr ? bias[static_cast<size_t>(c)] : 0;
  }
  std::int32_t zero_of(ptrdiff_t c) const {
    return channels.weight_zero != nullptr ? weight_zero[static_cast<size_t>(c * zero_step)]
                                           : default_zero_;
  }

 private:
  std::int32_t default_zero_;
};

// An output of bytes or floats with room between its rows; `size` elements.
class Output {
 public:
  Output(ptrdiff_t size, QOut out)
      : width_(out == QOut::f32 ? 4 : 1), bytes_(size * width_), before_(bytes_.size(), 0) {}
  void* data() { return bytes_.data(); }
  void fill(Rng* rng) {
    for (ptrdiff_t i = 0; i < bytes_.size(); ++i) {
      bytes_[i] = static_cast<std::uint8_t>(rng->next() >> 40U);
    }
    remember();
  }
  void remember() { before_.assign(bytes_.data(), bytes_.data() + bytes_.size()); }
  void restore() { std::copy(before_.begin(), before_.end(), bytes_.data()); }
  std::uint32_t at(ptrdiff_t i) const {
    std::uint32_t v = 0;
    std::memcpy(&v, bytes_.data() + i * width_, static_cast<size_t>(width_));
    return v;
  }
  std::uint32_t before(ptrdiff_t i) const {
    std::uint32_t v = 0;
    std::memcpy(&v, before_.data() + i * width_, static_cast<size_t>(width_));
    return v;
  }
  const std::uint8_t* before_byte(ptrdiff_t i) const { return before_.data() + i; }
  ptrdiff_t size() const { return bytes_.size() / width_; }
  std::vector<std::uint8_t> copy() const { return {bytes_.data(), bytes_.data() + bytes_.size()}; }

 private:
  ptrdiff_t width_;
  Bytes bytes_;
  std::vector<std::uint8_t> before_;
};

// True if the host runs the row; otherwise says so in the test's output.
inline bool host_runs(IsaTier needs, IsaExtra extra, const char* kernel) {
  if (!kernel_check::host_runs(needs, kernel)) return false;
  if (has_extra(host_cpu_features(), extra)) return true;
  WARN("skipped " << kernel << ": this host lacks " << isa_extra_name(extra));
  return false;
}

}  // namespace vernier::q_check
