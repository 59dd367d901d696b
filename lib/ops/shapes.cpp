#include "ops/shapes.h"

#include <cstring>
#include <utility>

#include "ops/rows.h"
#include "tensor/element.h"

namespace vernier {

Error shape_error(std::string message) {
  return invalid_model(std::move(message), "E-MODEL-SHAPE");
}
Error dtype_error(std::string message) {
  return invalid_model(std::move(message), "E-MODEL-DTYPE");
}
Error attr_error(std::string message) { return invalid_model(std::move(message), "E-MODEL-ATTR"); }
Error data_shape_error(std::string message) {
  return invalid_data(std::move(message), "E-DATA-SHAPE");
}
Error index_error(std::int64_t index, std::int64_t axis, std::int64_t size) {
  return invalid_data("index " + std::to_string(index) + " is out of range for axis " +
                          std::to_string(axis) + " of size " + std::to_string(size),
                      "E-DATA-INDEX");
}
Error unsupported_dtype(DType dtype) {
  return unsupported("no implementation for dtype " + std::string(dtype_name(dtype)),
                     "E-UNSUPPORTED-DTYPE");
}

Result<Params> parse_no_attributes(AttrReader& /*attributes*/, int /*opset*/) {
  return Params(std::make_shared<NoParams>());
}

Result<void> check_dtype(const InferContext& context, std::size_t i, DTypeSet allowed) {
  if (!context.has_input(i)) return {};
  const ValueType& type = context.input(i);
  if (type.kind != ValueType::Kind::tensor) {
    return dtype_error("input " + std::to_string(i) + " is not a tensor");
  }
  if (type.dtype == DType::undefined || contains(allowed, type.dtype)) return {};
  return dtype_error("input " + std::to_string(i) + " has dtype " +
                     std::string(dtype_name(type.dtype)) + ", which the operator does not take");
}

Result<void> check_same_dtype(const InferContext& context, std::size_t i, std::size_t k) {
  if (!context.has_input(i) || !context.has_input(k)) return {};
  const DType a = context.input(i).dtype;
  const DType b = context.input(k).dtype;
  if (a == b || a == DType::undefined || b == DType::undefined) return {};
  return dtype_error("input " + std::to_string(i) + " has dtype " + std::string(dtype_name(a)) +
                     ", input " + std::to_string(k) + " has " + std::string(dtype_name(b)));
}

DType common_dtype(const InferContext& context, std::size_t first, std::size_t second) {
  if (context.has_input(first) && context.input(first).dtype != DType::undefined) {
    return context.input(first).dtype;
  }
  return context.has_input(second) ? context.input(second).dtype : DType::undefined;
}

Result<void> check_rank(const InferContext& context, std::size_t i, std::size_t rank) {
  if (!context.has_input(i)) return {};
  const ValueType& type = context.input(i);
  if (!type.ranked || type.rank() == rank) return {};
  return shape_error("input " + std::to_string(i) + " has " + std::to_string(type.rank()) +
                     " dims, expected " + std::to_string(rank));
}

Result<void> check_min_rank(const InferContext& context, std::size_t i, std::size_t rank) {
  if (!context.has_input(i)) return {};
  const ValueType& type = context.input(i);
  if (!type.ranked || type.rank() >= rank) return {};
  return shape_error("input " + std::to_string(i) + " has " + std::to_string(type.rank()) +
                     " dims, expected at least " + std::to_string(rank));
}

Result<std::vector<bool>> axis_flags(std::span<const std::int64_t> axes, std::size_t rank) {
  std::vector<bool> flags(rank, false);
  for (const std::int64_t axis : axes) {
    VERNIER_ASSIGN(const std::size_t at, normalize_axis(axis, rank));
    if (flags[at]) return shape_error("axis " + std::to_string(axis) + " is given twice");
    flags[at] = true;
  }
  return flags;
}

bool same_dim(const Dim& a, const Dim& b) {
  if (a.is_known() || b.is_known()) return a.value == b.value;
  return !a.symbol.empty() && a.symbol == b.symbol;
}

Result<ValueType> broadcast_types(const ValueType& a, const ValueType& b, DType dtype) {
  if (!a.ranked || !b.ranked) return ValueType::of(dtype);
  VERNIER_ASSIGN(auto dims, broadcast_dim_lists(a.dims, b.dims));
  return ValueType::of(dtype, std::move(dims));
}

Result<Shape> broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape shape = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& dim = shape[offset + i];
    if (dim == shorter[i] || shorter[i] == 1) continue;
    if (dim != 1) {
      return data_shape_error("shapes " + to_string(a) + " and " + to_string(b) +
                              " do not broadcast");
    }
    dim = shorter[i];
  }
  return shape;
}

Dim add_dims(const Dim& a, const Dim& b) {
  if (a.is_known() && a.value == 0) return b;
  if (b.is_known() && b.value == 0) return a;
  if (!a.is_known() || !b.is_known()) return Dim::unknown();
  const auto sum = checked_add(a.value, b.value);
  return sum ? Dim::known(*sum) : Dim::unknown();
}

Dim mul_dims(const Dim& a, const Dim& b) {
  if (a.is_known() && a.value == 1) return b;
  if (b.is_known() && b.value == 1) return a;
  if ((a.is_known() && a.value == 0) || (b.is_known() && b.value == 0)) return Dim::known(0);
  if (!a.is_known() || !b.is_known()) return Dim::unknown();
  const auto product = checked_mul(a.value, b.value);
  return product ? Dim::known(*product) : Dim::unknown();
}

std::optional<std::vector<std::int64_t>> constant_ints(const InferContext& context, std::size_t i) {
  if (!context.has_input(i)) return std::nullopt;
  if (const Tensor* tensor = context.constant(i)) {
    if (tensor->shape().size() > 1 || !is_integer(tensor->dtype())) return std::nullopt;
    const TensorView view = tensor->view();
    std::vector<std::int64_t> values;
    for (std::int64_t k = 0; k < view.element_count(); ++k) values.push_back(int_at(view, k));
    return values;
  }
  const auto known = context.known_ints(i);
  if (!known) return std::nullopt;
  std::vector<std::int64_t> values;
  for (const Dim& dim : *known) {
    if (!dim.is_known()) return std::nullopt;
    values.push_back(dim.value);
  }
  return values;
}

std::optional<std::vector<Dim>> int_elements(const InferContext& context, std::size_t i) {
  if (!context.has_input(i)) return std::nullopt;
  if (const auto values = constant_ints(context, i)) {
    std::vector<Dim> dims;
    for (const std::int64_t v : *values) dims.push_back(v < 0 ? Dim::unknown() : Dim::known(v));
    return dims;
  }
  if (auto known = context.known_ints(i)) return known;
  const ValueType& type = context.input(i);
  if (!type.ranked) return std::nullopt;
  if (type.rank() == 0) return std::vector<Dim>(1);
  if (type.rank() != 1 || !type.dims[0].is_known() || type.dims[0].value > 1024) {
    return std::nullopt;
  }
  return std::vector<Dim>(static_cast<std::size_t>(type.dims[0].value));
}

void state_ints(InferContext& context, std::vector<Dim> elements) {
  for (Dim& dim : elements) {
    if (!dim.is_known()) dim.value = -1;
  }
  context.set_known_ints(0, std::move(elements));
}

std::int64_t int_at(const TensorView& view, std::int64_t k) {
  const std::int64_t offset = view.rank() == 0 ? 0 : k * view.strides[0];
  std::int64_t value = 0;
  load_row(view.dtype, element_ptr(view, offset), 0, 1, &value);
  return value;
}

Result<Shape> read_ints(const TensorView& view) {
  if (view.rank() > 1 || !is_integer(view.dtype)) {
    return data_shape_error("expected a list of integers, got " + describe(view));
  }
  const std::int64_t count = view.element_count();
  if (count > static_cast<std::int64_t>(kMaxRank)) {
    return limit_error(
        "a list has " + std::to_string(count) + " entries, the most is " + std::to_string(kMaxRank),
        "E-LIMIT-RANK");
  }
  Shape values;
  for (std::int64_t k = 0; k < count; ++k) values.push_back(int_at(view, k));
  return values;
}

Result<std::int64_t> read_int(const TensorView& view) {
  if (view.element_count() != 1 || !is_integer(view.dtype)) {
    return data_shape_error("expected one integer, got " + describe(view));
  }
  std::int64_t value = 0;
  load_row(view.dtype, view.data, 0, 1, &value);
  return value;
}

const std::byte* element_ptr(const TensorView& view, std::int64_t elements) {
  return view.data + elements * static_cast<std::int64_t>(dtype_size(view.dtype));
}
std::byte* element_ptr(const MutTensorView& view, std::int64_t elements) {
  return view.data + elements * static_cast<std::int64_t>(dtype_size(view.dtype));
}

namespace {

template <std::size_t N>
void copy_bytes(std::byte* to, const std::byte* from) {
  std::memcpy(to, from, N);
}

/// Walks the element offsets of a view in row-major order.
class Walker {
 public:
  Walker(const Shape& shape, const Strides& strides)
      : shape_(shape), strides_(strides), index_(Shape::filled(shape.size(), 0)) {}
  [[nodiscard]] std::int64_t offset() const { return offset_; }
  void next() {
    for (std::size_t axis = shape_.size(); axis-- > 0;) {
      offset_ += strides_[axis];
      if (++index_[axis] < shape_[axis]) return;
      offset_ -= strides_[axis] * shape_[axis];
      index_[axis] = 0;
    }
  }

 private:
  Shape shape_;
  Strides strides_;
  Shape index_;
  std::int64_t offset_ = 0;
};

}  // namespace

ElementCopy element_copy(DType dtype) {
  if (dtype == DType::string) {
    return [](std::byte* to, const std::byte* from) {
      *reinterpret_cast<std::string*>(to) = *reinterpret_cast<const std::string*>(from);
    };
  }
  switch (dtype_size(dtype)) {
    case 1:
      return copy_bytes<1>;
    case 2:
      return copy_bytes<2>;
    case 4:
      return copy_bytes<4>;
    case 8:
      return copy_bytes<8>;
    default:
      return copy_bytes<16>;
  }
}

void copy_in_order(const TensorView& src, const MutTensorView& dst) {
  if (src.shape == dst.shape) {
    copy_elements(src, dst);
    return;
  }
  if (dst.is_dense()) {
    copy_elements(src, {dst.data, dst.dtype, src.shape, dense_strides(src.shape)});
    return;
  }
  if (src.is_dense()) {
    copy_elements({src.data, src.dtype, dst.shape, dense_strides(dst.shape)}, dst);
    return;
  }
  const std::int64_t total = src.element_count();
  const ElementCopy copy = element_copy(src.dtype);
  Walker from(src.shape, src.strides);
  Walker to(dst.shape, dst.strides);
  for (std::int64_t i = 0; i < total; ++i) {
    copy(element_ptr(dst, to.offset()), element_ptr(src, from.offset()));
    from.next();
    to.next();
  }
}

}  // namespace vernier
