#pragma once

#include <array>
#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "base/checked_math.h"

namespace vernier {

/// Highest tensor rank that vernier accepts; larger ones are refused at import (E-LIMIT-RANK).
inline constexpr std::size_t kMaxRank = 12;

/// A short list of int64 with inline storage: dims (each >= 0) or strides in elements. Never
/// allocates. Callers check the rank against kMaxRank before building one from untrusted data.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) {
    for (const std::int64_t dim : dims) push_back(dim);
  }
  explicit Shape(std::span<const std::int64_t> dims) {
    for (const std::int64_t dim : dims) push_back(dim);
  }
  static Shape filled(std::size_t rank, std::int64_t value) {
    Shape shape;
    for (std::size_t i = 0; i < rank; ++i) shape.push_back(value);
    return shape;
  }

  [[nodiscard]] std::size_t size() const noexcept { return rank_; }
  [[nodiscard]] bool empty() const noexcept { return rank_ == 0; }
  std::int64_t& operator[](std::size_t i) noexcept {
    assert(i < rank_);
    return dims_[i];
  }
  const std::int64_t& operator[](std::size_t i) const noexcept {
    assert(i < rank_);
    return dims_[i];
  }
  [[nodiscard]] std::int64_t back() const noexcept { return (*this)[rank_ - 1]; }
  void push_back(std::int64_t value) noexcept {
    assert(rank_ < kMaxRank);
    if (rank_ < kMaxRank) dims_[rank_++] = value;
  }
  void insert(std::size_t position, std::int64_t value) noexcept {
    push_back(0);
    for (std::size_t i = rank_ - 1; i > position; --i) dims_[i] = dims_[i - 1];
    dims_[position] = value;
  }
  void erase(std::size_t position) noexcept {
    for (std::size_t i = position; i + 1 < rank_; ++i) dims_[i] = dims_[i + 1];
    --rank_;
  }
  void resize(std::size_t rank, std::int64_t value = 0) noexcept {
    while (rank_ < rank) push_back(value);
    rank_ = rank;
  }
  std::int64_t* begin() noexcept { return dims_.data(); }
  std::int64_t* end() noexcept { return dims_.data() + rank_; }
  [[nodiscard]] const std::int64_t* begin() const noexcept { return dims_.data(); }
  [[nodiscard]] const std::int64_t* end() const noexcept { return dims_.data() + rank_; }
  [[nodiscard]] std::span<const std::int64_t> span() const noexcept {
    return {dims_.data(), rank_};
  }
  operator std::span<const std::int64_t>() const noexcept { return span(); }  // NOLINT

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (std::size_t i = 0; i < a.rank_; ++i) {
      if (a.dims_[i] != b.dims_[i]) return false;
    }
    return true;
  }

 private:
  std::array<std::int64_t, kMaxRank> dims_{};
  std::size_t rank_ = 0;
};

/// Strides are element counts; 0 repeats (broadcast), negative walks backwards.
using Strides = Shape;

/// Row-major strides of `shape`.
Strides dense_strides(const Shape& shape);
/// Strides of a rank >= 3 tensor [N, C, spatial...] stored channels-last with `pixel_pitch`
/// elements between neighbouring pixels (>= C; 0 means C).
Strides channels_last_strides(const Shape& shape, std::int64_t pixel_pitch = 0);

/// Elements of a shape whose product is known to fit (it passed checked_byte_count).
std::int64_t element_count(const Shape& shape) noexcept;

/// True when elements are laid out row-major without gaps (dims of size 1 do not matter).
bool is_dense(const Shape& shape, const Strides& strides) noexcept;
/// True when channels are innermost with stride 1 and spatial/batch dims follow with one constant
/// pixel pitch >= C, which is written to `pixel_pitch` when not null. Rank >= 3.
bool is_channels_last(const Shape& shape, const Strides& strides,
                      std::int64_t* pixel_pitch = nullptr) noexcept;

/// "[1,3,224,224]".
std::string to_string(const Shape& shape);

}  // namespace vernier
