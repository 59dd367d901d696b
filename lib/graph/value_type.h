#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "tensor/shape.h"

namespace vernier {

/// One dimension: a known size (>= 0), a named symbol, or neither (unknown).
struct Dim {
  std::int64_t value = -1;
  std::string symbol;

  static Dim known(std::int64_t v) { return {v, {}}; }
  static Dim named(std::string s) { return {-1, std::move(s)}; }
  static Dim unknown() { return {}; }
  [[nodiscard]] bool is_known() const noexcept { return value >= 0; }
  friend bool operator==(const Dim&, const Dim&) = default;
};

/// Static type of a value. `dims` empty + !ranked = unknown rank; ranked with no dims = scalar.
struct ValueType {
  enum class Kind : std::uint8_t { tensor, sequence, optional, map, sparse_tensor };
  Kind kind = Kind::tensor;
  DType dtype = DType::undefined;  ///< element dtype; of the tensors inside for sequences
  bool ranked = false;
  std::vector<Dim> dims;

  static ValueType unknown() { return {}; }
  static ValueType of(DType dtype) { return {Kind::tensor, dtype, false, {}}; }
  static ValueType of(DType dtype, std::vector<Dim> dims) {
    return {Kind::tensor, dtype, true, std::move(dims)};
  }
  static ValueType of(DType dtype, const Shape& shape) {
    ValueType type{Kind::tensor, dtype, true, {}};
    for (const std::int64_t dim : shape) type.dims.push_back(Dim::known(dim));
    return type;
  }

  [[nodiscard]] std::size_t rank() const noexcept { return dims.size(); }
  /// The shape when every dim is known.
  [[nodiscard]] std::optional<Shape> shape() const {
    if (kind != Kind::tensor || !ranked || dims.size() > kMaxRank) return std::nullopt;
    Shape shape;
    for (const Dim& dim : dims) {
      if (!dim.is_known()) return std::nullopt;
      shape.push_back(dim.value);
    }
    return shape;
  }
  friend bool operator==(const ValueType&, const ValueType&) = default;
};

/// "float[batch,3,?,224]", "int64 (rank unknown)".
std::string to_string(const ValueType& type);

}  // namespace vernier
