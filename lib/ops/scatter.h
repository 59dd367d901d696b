#pragma once

#include <cstdint>

#include "ops/shapes.h"

namespace vernier {

/// How ScatterElements and ScatterND combine an update with what is there.
enum class ScatterReduction : std::uint8_t { none, add, mul, max, min };
Result<ScatterReduction> parse_scatter_reduction(AttrReader& attributes);

/// Writes one element: to = reduction(to, from). Error: unsupported for a reduction of strings or
/// complex numbers.
struct ElementCombine {
  void (*apply)(DType dtype, std::byte* to, const std::byte* from) = nullptr;
};
Result<ElementCombine> scatter_combine(ScatterReduction reduction, DType dtype);

/// Element k of an int32 or int64 view at an element offset.
inline std::int64_t index_value(const TensorView& view, std::int64_t offset) {
  return view.dtype == DType::int64 ? view.as<std::int64_t>()[offset]
                                    : std::int64_t{view.as<std::int32_t>()[offset]};
}
/// The first out-of-range index that a loop met.
struct BadIndex {
  bool found = false;
  std::int64_t index = 0;
  std::int64_t axis = 0;
  std::int64_t size = 0;
  /// `raw` brought into [0, size), or -1 after taking note of it.
  std::int64_t check(std::int64_t raw, std::int64_t at_axis, std::int64_t axis_size) {
    const std::int64_t wrapped = raw < 0 ? raw + axis_size : raw;
    if (wrapped >= 0 && wrapped < axis_size) return wrapped;
    if (!found) *this = {true, raw, at_axis, axis_size};
    return -1;
  }
  [[nodiscard]] Result<void> result() const {
    if (found) return index_error(index, axis, size);
    return {};
  }
};

}  // namespace vernier
