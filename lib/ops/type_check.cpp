#include "ops/type_check.h"

#include <algorithm>

namespace vernier {

Result<void> check_rank(const ValueType& type, std::size_t min_rank, std::size_t max_rank,
                        const char* what) {
  if (type.kind != ValueType::Kind::tensor) {
    return invalid_model(std::string(what) + " is no tensor", "E-MODEL-DTYPE");
  }
  if (!type.ranked || (type.rank() >= min_rank && type.rank() <= max_rank)) return {};
  std::string expected = std::to_string(min_rank);
  if (max_rank != min_rank) {
    expected = max_rank >= kMaxRank ? "at least " + expected
                                    : expected + " to " + std::to_string(max_rank);
  }
  return invalid_model(
      std::string(what) + " has " + std::to_string(type.rank()) + " dims, expected " + expected,
      "E-MODEL-SHAPE");
}

Result<void> check_dtype(const ValueType& type, std::span<const DType> allowed, const char* what) {
  if (type.dtype == DType::undefined ||
      std::find(allowed.begin(), allowed.end(), type.dtype) != allowed.end()) {
    return {};
  }
  return invalid_model(
      std::string(what) + " cannot be of type " + std::string(dtype_name(type.dtype)),
      "E-MODEL-DTYPE");
}

Result<void> check_float(const ValueType& type, const char* what) {
  static constexpr DType kFloats[] = {DType::float16, DType::bfloat16, DType::float32,
                                      DType::float64};
  return check_dtype(type, kFloats, what);
}

Result<void> check_same_dtype(const ValueType& a, const char* what_a, const ValueType& b,
                              const char* what_b) {
  if (a.dtype == DType::undefined || b.dtype == DType::undefined || a.dtype == b.dtype) return {};
  return invalid_model(std::string(what_b) + " is " + std::string(dtype_name(b.dtype)) + ", but " +
                           what_a + " is " + std::string(dtype_name(a.dtype)),
                       "E-MODEL-DTYPE");
}

Result<void> check_dim(const ValueType& type, std::size_t axis, const Dim& expected,
                       const char* what) {
  if (!type.ranked || axis >= type.rank() || !dims_differ(type.dims[axis], expected)) return {};
  return invalid_model(std::string(what) + " has " + std::to_string(type.dims[axis].value) +
                           " elements on axis " + std::to_string(axis) + ", expected " +
                           std::to_string(expected.value),
                       "E-MODEL-SHAPE");
}

Result<Dim> broadcast_dim(const Dim& a, const Dim& b) {
  if (a.is_known() && a.value == 1) return b;
  if (b.is_known() && b.value == 1) return a;
  if (dims_differ(a, b)) {
    return invalid_model("dims " + std::to_string(a.value) + " and " + std::to_string(b.value) +
                             " cannot be broadcast",
                         "E-MODEL-SHAPE");
  }
  if (a.is_known()) return a;
  if (b.is_known()) return b;
  return a == b ? a : Dim::unknown();
}

Result<std::vector<Dim>> broadcast_dim_lists(std::span<const Dim> a, std::span<const Dim> b) {
  const std::size_t rank = std::max(a.size(), b.size());
  std::vector<Dim> dims(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t from_end = rank - i;
    const Dim x = from_end <= a.size() ? a[a.size() - from_end] : Dim::known(1);
    const Dim y = from_end <= b.size() ? b[b.size() - from_end] : Dim::known(1);
    VERNIER_ASSIGN(dims[i], broadcast_dim(x, y));
  }
  return dims;
}

Result<Shape> broadcast_shape_pair(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape shape;
  for (std::size_t i = 0; i < rank; ++i) {
    const std::size_t from_end = rank - i;
    const std::int64_t x = from_end <= a.size() ? a[a.size() - from_end] : 1;
    const std::int64_t y = from_end <= b.size() ? b[b.size() - from_end] : 1;
    if (x != y && x != 1 && y != 1) {
      return invalid_model(
          "shapes " + to_string(a) + " and " + to_string(b) + " cannot be broadcast",
          "E-MODEL-SHAPE");
    }
    shape.push_back(x == 1 ? y : x);
  }
  return shape;
}

Result<std::size_t> normalize_axis(std::int64_t axis, std::size_t rank) {
  const auto limit = static_cast<std::int64_t>(rank);
  if (axis < -limit || axis >= limit) {
    return invalid_model(
        "axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank),
        "E-MODEL-ATTR");
  }
  return static_cast<std::size_t>(axis < 0 ? axis + limit : axis);
}

Result<void> infer_same_float(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_rank(x, 0, kMaxRank, "input"));
  VERNIER_TRY(check_float(x, "input"));
  context.set_output(0, x);
  return {};
}

Result<void> check_values(std::span<const std::int64_t> values, const char* name, std::int64_t low,
                          std::int64_t high) {
  for (const std::int64_t value : values) {
    if (value < low || value > high) {
      return invalid_model("attribute '" + std::string(name) + "' holds " + std::to_string(value) +
                               ", expected " + std::to_string(low) + " to " + std::to_string(high),
                           "E-MODEL-ATTR");
    }
  }
  return {};
}

}  // namespace vernier
