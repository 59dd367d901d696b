#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "ops/type_check.h"

namespace vernier {

/// A set of dtypes, one bit each.
using DTypeSet = std::uint32_t;
template <class... D>
constexpr DTypeSet dtype_set(D... dtypes) {
  return ((DTypeSet{1} << static_cast<unsigned>(dtypes)) | ...);
}
constexpr bool contains(DTypeSet set, DType dtype) {
  return ((set >> static_cast<unsigned>(dtype)) & 1U) != 0;
}
inline constexpr DTypeSet kFloats =
    dtype_set(DType::float32, DType::float64, DType::float16, DType::bfloat16);
inline constexpr DTypeSet kSignedInts =
    dtype_set(DType::int8, DType::int16, DType::int32, DType::int64);
inline constexpr DTypeSet kUnsignedInts =
    dtype_set(DType::uint8, DType::uint16, DType::uint32, DType::uint64);
inline constexpr DTypeSet kInts = kSignedInts | kUnsignedInts;
inline constexpr DTypeSet kNumbers = kFloats | kInts;
inline constexpr DTypeSet kBool = dtype_set(DType::boolean);
inline constexpr DTypeSet kIndexInts = dtype_set(DType::int32, DType::int64);
inline constexpr DTypeSet kInt64 = dtype_set(DType::int64);
inline constexpr DTypeSet kAnyDType = (DTypeSet{1} << static_cast<unsigned>(kDTypeCount)) - 2U;

/// Errors of operators: a broken model (before running) and unfit data (while running).
Error shape_error(std::string message);       ///< invalid_model, E-MODEL-SHAPE
Error dtype_error(std::string message);       ///< invalid_model, E-MODEL-DTYPE
Error attr_error(std::string message);        ///< invalid_model, E-MODEL-ATTR
Error data_shape_error(std::string message);  ///< invalid_data, E-DATA-SHAPE
/// invalid_data, E-DATA-INDEX: "index 7 is out of range for axis 1 of size 5".
Error index_error(std::int64_t index, std::int64_t axis, std::int64_t size);
/// unsupported, E-UNSUPPORTED-DTYPE.
Error unsupported_dtype(DType dtype);

/// parse of an operator without attributes.
Result<Params> parse_no_attributes(AttrReader& attributes, int opset);

/// Input i is a tensor whose dtype (if known) is in `allowed`.
Result<void> check_dtype(const InferContext& context, std::size_t i, DTypeSet allowed);
/// Inputs i and k have the same dtype, where both are known.
Result<void> check_same_dtype(const InferContext& context, std::size_t i, std::size_t k);
/// The dtype of the first of the inputs that has one.
DType common_dtype(const InferContext& context, std::size_t first, std::size_t second);
/// Input i (if ranked) has exactly this rank.
Result<void> check_rank(const InferContext& context, std::size_t i, std::size_t rank);
Result<void> check_min_rank(const InferContext& context, std::size_t i, std::size_t rank);

/// normalize_axis for several distinct axes; the result is one flag per dimension.
Result<std::vector<bool>> axis_flags(std::span<const std::int64_t> axes, std::size_t rank);

/// The broadcast of two types' shapes with the given dtype; unknown rank in, unknown rank out.
Result<ValueType> broadcast_types(const ValueType& a, const ValueType& b, DType dtype);
/// The same while running. Error: E-DATA-SHAPE.
Result<Shape> broadcast_shapes(const Shape& a, const Shape& b);

/// Equal when provably so: both known and equal or the same symbol.
bool same_dim(const Dim& a, const Dim& b);
/// Sum, difference and product of dims: exact when known, neutral elements keep symbols, else
/// unknown (also on overflow).
Dim add_dims(const Dim& a, const Dim& b);
Dim mul_dims(const Dim& a, const Dim& b);

/// Values of integer input i when all are known before running (any sign).
std::optional<std::vector<std::int64_t>> constant_ints(const InferContext& context, std::size_t i);
/// Elements of integer input i where negative values and unknown ones are Dim::unknown(); also the
/// count alone when only the shape is known (all unknown). nullopt when even the count is unknown.
std::optional<std::vector<Dim>> int_elements(const InferContext& context, std::size_t i);
/// States the elements of output 0 if its rank is 0 or 1; negative ones become unknown.
void state_ints(InferContext& context, std::vector<Dim> elements);

/// Values of a rank 0 or 1 int32/int64 view, at most kMaxRank of them. Error: E-DATA-SHAPE.
Result<Shape> read_ints(const TensorView& view);
/// The single value of an integer view with one element.
Result<std::int64_t> read_int(const TensorView& view);
/// Element k of a rank 0 or 1 integer view of any width.
std::int64_t int_at(const TensorView& view, std::int64_t k);

/// dtype, shape and strides of `view` with another start: byte pointer plus `elements`.
const std::byte* element_ptr(const TensorView& view, std::int64_t elements);
std::byte* element_ptr(const MutTensorView& view, std::int64_t elements);

/// Copies one element.
using ElementCopy = void (*)(std::byte* to, const std::byte* from);
ElementCopy element_copy(DType dtype);
/// Copies all elements in row-major order between views with the same dtype and element count, but
/// perhaps different shapes. Any strides; does not allocate (strings apart).
void copy_in_order(const TensorView& src, const MutTensorView& dst);

}  // namespace vernier
