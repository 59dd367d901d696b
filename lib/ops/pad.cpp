#include "ops/pad.h"

#include <algorithm>

#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<PadParams>();
  VERNIER_ASSIGN(const std::string mode, attributes.get_string("mode", "constant"));
  if (mode == "constant") {
    params->mode = PadParams::Mode::constant;
  } else if (mode == "reflect") {
    params->mode = PadParams::Mode::reflect;
  } else if (mode == "edge") {
    params->mode = PadParams::Mode::edge;
  } else if (mode == "wrap") {
    params->mode = PadParams::Mode::wrap;
  } else {
    return attr_error("mode must be constant, reflect, edge or wrap");
  }
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 1, kInt64));
  VERNIER_TRY(check_dtype(context, 3, kIndexInts));
  VERNIER_TRY(check_same_dtype(context, 0, 2));
  const ValueType& x = context.input(0);
  if (!x.ranked) {
    context.set_output(0, ValueType::of(x.dtype));
    return {};
  }
  ValueType type = x;
  for (Dim& dim : type.dims) dim = Dim::unknown();
  const Tensor* pads = context.constant(1);
  const Tensor* axes = context.constant(3);
  if (pads != nullptr && (axes != nullptr || !context.has_input(3))) {
    const TensorView axes_view = axes != nullptr ? axes->view() : TensorView{};
    auto resolved = resolve_pads(x.rank(), pads->view(), axes != nullptr ? &axes_view : nullptr);
    if (!resolved) return shape_error(resolved.error().message);
    for (std::size_t i = 0; i < x.rank(); ++i) {
      const auto added = checked_add(resolved->begin[i], resolved->end[i]);
      if (!added) return shape_error("the pads are too large");
      if (*added == 0) {
        type.dims[i] = x.dims[i];
      } else if (x.dims[i].is_known()) {
        const auto size = checked_add(x.dims[i].value, *added);
        if (!size || *size < 0) return shape_error("the pads leave a negative size");
        type.dims[i] = Dim::known(*size);
      }
    }
  }
  context.set_output(0, std::move(type));
  return {};
}

/// The source index of position `at` relative to a dim of `size` >= 1.
std::int64_t source_of(PadParams::Mode mode, std::int64_t at, std::int64_t size) {
  if (at >= 0 && at < size) return at;
  if (mode == PadParams::Mode::edge) return std::clamp<std::int64_t>(at, 0, size - 1);
  if (size == 1) return 0;
  const std::int64_t period = mode == PadParams::Mode::wrap ? size : 2 * (size - 1);
  const std::int64_t phase = ((at % period) + period) % period;
  return phase < size ? phase : period - phase;
}

void fill_constant(EvalContext& context, const TensorView& x, const MutTensorView& y,
                   const ResolvedPads& pads) {
  const Strides still = Strides::filled(y.rank(), 0);
  if (context.has_input(2)) {
    copy_elements({context.input(2).data, y.dtype, y.shape, still}, y);
  } else if (y.dtype == DType::string) {
    const std::string empty;
    copy_elements({reinterpret_cast<const std::byte*>(&empty), y.dtype, y.shape, still}, y);
  } else {
    alignas(16) const std::byte zero[16] = {};
    copy_elements({zero, y.dtype, y.shape, still}, y);
  }
  TensorView from = x;
  MutTensorView to = y;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const std::int64_t skip = std::max<std::int64_t>(0, -pads.begin[i]);
    const std::int64_t start = std::max<std::int64_t>(0, pads.begin[i]);
    const std::int64_t count = std::min(x.shape[i] - skip, y.shape[i] - start);
    if (count <= 0) return;
    from.data = element_ptr(from, skip * x.strides[i]);
    to.data = element_ptr(to, start * y.strides[i]);
    from.shape[i] = count;
    to.shape[i] = count;
  }
  copy_elements(from, to);
}

void fill_from_input(PadParams::Mode mode, const TensorView& x, const MutTensorView& y,
                     const ResolvedPads& pads) {
  const ElementCopy copy = element_copy(x.dtype);
  Shape index = Shape::filled(y.rank(), 0);
  for_each_offset<1>(y.shape, {y.strides}, [&](const auto& at) {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < x.rank(); ++i) {
      offset += source_of(mode, index[i] - pads.begin[i], x.shape[i]) * x.strides[i];
    }
    copy(element_ptr(y, at[0]), element_ptr(x, offset));
    for (std::size_t i = x.rank(); i-- > 0;) {
      if (++index[i] < y.shape[i]) break;
      index[i] = 0;
    }
  });
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const auto mode = params_as<PadParams>(context).mode;
  VERNIER_ASSIGN(
      const ResolvedPads pads,
      resolve_pads(x.rank(), context.input(1), context.has_input(3) ? &context.input(3) : nullptr));
  if (context.has_input(2) &&
      (context.input(2).element_count() != 1 || context.input(2).dtype != x.dtype)) {
    return data_shape_error("the constant must be one element of the data's dtype");
  }
  Shape shape;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    const auto begun = checked_add(x.shape[i], pads.begin[i]);
    const auto size = begun ? checked_add(*begun, pads.end[i]) : std::nullopt;
    if (!size || *size < 0) return data_shape_error("the pads leave a negative or too large size");
    if (mode != PadParams::Mode::constant && x.shape[i] == 0 && *size > 0) {
      return data_shape_error("an empty axis can only be padded with a constant");
    }
    shape.push_back(*size);
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, shape));
  if (mode == PadParams::Mode::constant) {
    fill_constant(context, x, y, pads);
  } else {
    fill_from_input(mode, x, y, pads);
  }
  return {};
}

}  // namespace

Result<ResolvedPads> resolve_pads(std::size_t rank, const TensorView& pads,
                                  const TensorView* axes) {
  ResolvedPads resolved{Shape::filled(rank, 0), Shape::filled(rank, 0)};
  Shape list;
  if (axes != nullptr) {
    VERNIER_ASSIGN(list, read_ints(*axes));
  } else {
    for (std::size_t i = 0; i < rank; ++i) list.push_back(static_cast<std::int64_t>(i));
  }
  const auto count = static_cast<std::int64_t>(list.size());
  if (pads.rank() != 1 || pads.shape[0] != 2 * count) {
    return data_shape_error(std::to_string(2 * count) + " pads are expected, got " +
                            describe(pads));
  }
  Shape seen = Shape::filled(rank, 0);
  for (std::int64_t i = 0; i < count; ++i) {
    VERNIER_ASSIGN(const std::size_t axis, normalize_axis(list[static_cast<std::size_t>(i)], rank));
    if (seen[axis]++ != 0) return data_shape_error("an axis is given twice");
    constexpr std::int64_t kMost = std::int64_t{1} << 62;
    resolved.begin[axis] = int_at(pads, i);
    resolved.end[axis] = int_at(pads, count + i);
    if (std::max(resolved.begin[axis], resolved.end[axis]) > kMost ||
        std::min(resolved.begin[axis], resolved.end[axis]) < -kMost) {
      return data_shape_error("a pad is too large");
    }
  }
  return resolved;
}

const OpDef pad_op = {.domain = "",
                      .name = "Pad",
                      .since_version = 13,
                      .inputs = {2, 4},
                      .parse = parse,
                      .infer = infer,
                      .reference = reference};

}  // namespace vernier
