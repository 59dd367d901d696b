#include "ops/scatter.h"

#include <cmath>
#include <type_traits>

#include "ops/binary.h"
#include "ops/rows.h"

namespace vernier {
namespace {

template <class T>
T reduce_pair(ScatterReduction reduction, T a, T b) {
  if constexpr (std::is_same_v<T, double>) {
    if (reduction == ScatterReduction::add) return a + b;
    if (reduction == ScatterReduction::mul) return a * b;
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? a : b;
  } else {
    if (reduction == ScatterReduction::add) return wrapping_add(a, b);
    if (reduction == ScatterReduction::mul) return wrapping_mul(a, b);
  }
  return (reduction == ScatterReduction::max) == (a > b) ? a : b;
}

template <class T, ScatterReduction R>
void combine_lane(DType dtype, std::byte* to, const std::byte* from) {
  T a{};
  T b{};
  load_row(dtype, to, 0, 1, &a);
  load_row(dtype, from, 0, 1, &b);
  a = reduce_pair(R, a, b);
  store_row(dtype, to, 0, 1, &a);
}

template <ScatterReduction R>
void combine(DType dtype, std::byte* to, const std::byte* from) {
  switch (lane_of(dtype)) {
    case Lane::real:
      return combine_lane<double, R>(dtype, to, from);
    case Lane::signed_int:
      return combine_lane<std::int64_t, R>(dtype, to, from);
    default:
      return combine_lane<std::uint64_t, R>(dtype, to, from);
  }
}

void replace(DType dtype, std::byte* to, const std::byte* from) { element_copy(dtype)(to, from); }

}  // namespace

Result<ScatterReduction> parse_scatter_reduction(AttrReader& attributes) {
  VERNIER_ASSIGN(const std::string name, attributes.get_string("reduction", "none"));
  if (name == "none") return ScatterReduction::none;
  if (name == "add") return ScatterReduction::add;
  if (name == "mul") return ScatterReduction::mul;
  if (name == "max") return ScatterReduction::max;
  if (name == "min") return ScatterReduction::min;
  return attr_error("reduction must be none, add, mul, max or min");
}

Result<ElementCombine> scatter_combine(ScatterReduction reduction, DType dtype) {
  if (reduction == ScatterReduction::none) return ElementCombine{replace};
  if (lane_of(dtype) == Lane::none) return unsupported_dtype(dtype);
  switch (reduction) {
    case ScatterReduction::add:
      return ElementCombine{combine<ScatterReduction::add>};
    case ScatterReduction::mul:
      return ElementCombine{combine<ScatterReduction::mul>};
    case ScatterReduction::max:
      return ElementCombine{combine<ScatterReduction::max>};
    default:
      return ElementCombine{combine<ScatterReduction::min>};
  }
}

}  // namespace vernier
