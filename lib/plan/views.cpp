#include "plan/views.h"

#include <algorithm>
#include <string_view>

#include "ops/slice.h"
#include "ops/split.h"
#include "ops/transpose.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

using Views = std::optional<std::vector<ViewSpec>>;

/// Integers of a constant operand; nullopt when it is absent or not constant.
std::optional<std::vector<std::int64_t>> constant_ints(std::span<const ValueDesc> inputs,
                                                       std::size_t i) {
  if (i >= inputs.size() || inputs[i].constant == nullptr) return std::nullopt;
  const Tensor& tensor = *inputs[i].constant;
  if (!tensor.aligned()) return std::nullopt;
  std::vector<std::int64_t> values;
  if (tensor.dtype() == DType::int64) {
    for (const auto v : tensor.span<std::int64_t>()) values.push_back(v);
  } else if (tensor.dtype() == DType::int32) {
    for (const auto v : tensor.span<std::int32_t>()) values.push_back(v);
  } else {
    return std::nullopt;
  }
  return values;
}

std::optional<std::size_t> normal_axis(std::int64_t axis, std::size_t rank) {
  const auto r = static_cast<std::int64_t>(rank);
  if (axis < -r || axis >= r) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + r : axis);
}

Views one_view(Strides strides, std::int64_t offset = 0) {
  return std::vector<ViewSpec>{{strides, offset}};
}

Views view_of_transpose(const Node& node, const ValueDesc& x) {
  const auto perm = resolve_permutation(params_as<TransposeParams>(node), x.shape.size());
  if (!perm) return std::nullopt;
  Strides strides;
  for (const std::int64_t axis : *perm)
    strides.push_back(x.strides[static_cast<std::size_t>(axis)]);
  return one_view(strides);
}

Views view_of_slice(std::span<const ValueDesc> inputs) {
  const ValueDesc& x = inputs[0];
  const auto starts = constant_ints(inputs, 1);
  const auto ends = constant_ints(inputs, 2);
  if (!starts || !ends || starts->size() != ends->size()) return std::nullopt;
  std::vector<std::int64_t> axes;
  std::vector<std::int64_t> steps(starts->size(), 1);
  for (std::size_t i = 0; i < starts->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  if (inputs.size() > 3 && inputs[3].present()) {
    const auto given = constant_ints(inputs, 3);
    if (!given || given->size() != starts->size()) return std::nullopt;
    axes = *given;
  }
  if (inputs.size() > 4 && inputs[4].present()) {
    const auto given = constant_ints(inputs, 4);
    if (!given || given->size() != starts->size()) return std::nullopt;
    steps = *given;
  }
  ViewSpec view{x.strides, 0};
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis = normal_axis(axes[i], x.shape.size());
    if (!axis || steps[i] == 0) return std::nullopt;
    const SliceRange range = resolve_slice((*starts)[i], (*ends)[i], steps[i], x.shape[*axis]);
    // An empty result has no first element to point at; a single one no step that matters.
    if (range.count > 0) view.offset += range.first * x.strides[*axis];
    view.strides[*axis] = range.count > 1 ? x.strides[*axis] * range.step : x.strides[*axis];
  }
  return std::vector<ViewSpec>{view};
}

Views view_of_split(const Node& node, const ValueDesc& x, std::span<const ValueDesc> outputs) {
  const auto axis = normal_axis(params_as<SplitParams>(node).axis, x.shape.size());
  if (!axis) return std::nullopt;
  std::vector<ViewSpec> views;
  std::int64_t position = 0;
  for (const ValueDesc& output : outputs) {
    if (!output.present()) return std::nullopt;  // its size is not known here
    views.push_back({x.strides, position * x.strides[*axis]});
    position += output.shape[*axis];
  }
  return views;
}

}  // namespace

bool is_view_op(const Node& node) {
  constexpr std::string_view kOps[] = {"Identity",  "Reshape", "Flatten", "Squeeze", "Unsqueeze",
                                       "Transpose", "Slice",   "Split",   "Expand"};
  return node.op->domain.empty() &&
         std::find(std::begin(kOps), std::end(kOps), node.op->name) != std::end(kOps);
}

std::optional<Strides> reshape_strides(const Shape& from, const Strides& strides, const Shape& to) {
  if (element_count(from) == 0) return dense_strides(to);
  // Runs of source axes that step evenly, matched to runs of target axes of the same size.
  Shape sizes;
  Strides steps;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] == 1) continue;
    if (!sizes.empty() && steps.back() == from[i] * strides[i]) {
      sizes[sizes.size() - 1] *= from[i];
      steps[steps.size() - 1] = strides[i];
    } else {
      sizes.push_back(from[i]);
      steps.push_back(strides[i]);
    }
  }
  Strides result = Shape::filled(to.size(), 1);
  std::size_t run = sizes.size();
  std::int64_t left = 1;
  std::int64_t step = 1;
  for (std::size_t i = to.size(); i-- > 0;) {
    if (to[i] == 1) {
      result[i] = step;
      continue;
    }
    if (left == 1) {
      if (run == 0) return std::nullopt;
      --run;
      left = sizes[run];
      step = steps[run];
    }
    if (left % to[i] != 0) return std::nullopt;
    result[i] = step;
    step *= to[i];
    left /= to[i];
  }
  if (run != 0 || left != 1) return std::nullopt;
  return result;
}

std::optional<std::vector<ViewSpec>> view_of(const Node& node, std::span<const ValueDesc> inputs,
                                             std::span<const ValueDesc> outputs) {
  const ValueDesc& x = inputs[0];
  if (!x.present() || outputs.empty() || !outputs[0].present()) return std::nullopt;
  if (node.is("Identity")) return one_view(x.strides);
  if (node.is("Transpose")) return view_of_transpose(node, x);
  if (node.is("Slice")) return view_of_slice(inputs);
  if (node.is("Split")) return view_of_split(node, x, outputs);
  if (node.is("Expand")) {
    // An output smaller than the input cannot come from Expand; ranks only grow.
    return one_view(broadcast_strides(x.shape, x.strides, outputs[0].shape));
  }
  const auto strides = reshape_strides(x.shape, x.strides, outputs[0].shape);
  if (!strides) return std::nullopt;
  return one_view(*strides);
}

}  // namespace vernier
