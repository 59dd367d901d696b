#include "passes/batch_step.h"

#include <cstring>

namespace vernier {
namespace {

/// The first of `count` equal parts of an axis, where all of them are equal; nullopt elsewhere.
Result<std::optional<Tensor>> first_part(const Tensor& tensor, std::size_t axis, std::int64_t count,
                                         const std::shared_ptr<MemoryBudget>& budget) {
  if (tensor.dtype() == DType::string) return std::optional<Tensor>();
  Shape shape = tensor.shape();
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(shape[i]);
  shape[axis] /= count;
  if (outer == 0 || element_count(shape) == 0) return std::optional<Tensor>();
  VERNIER_ASSIGN(Tensor part, Tensor::allocate(tensor.dtype(), shape, budget));
  const std::size_t bytes = part.byte_count() / outer;
  const std::size_t step = bytes * static_cast<std::size_t>(count);
  std::byte* to = part.mutable_as<std::byte>();
  for (std::size_t i = 0; i < outer; ++i) {
    const std::byte* from = tensor.data() + i * step;
    for (std::size_t k = 1; k < static_cast<std::size_t>(count); ++k) {
      if (std::memcmp(from, from + k * bytes, bytes) != 0) return std::optional<Tensor>();
    }
    std::memcpy(to + i * bytes, from, bytes);
  }
  return std::optional<Tensor>(std::move(part));
}

}  // namespace

const Tensor* BatchStep::constant(std::size_t slot) const {
  if (!has(slot)) return nullptr;
  const auto& tensor = probe_.value(node.inputs[slot]).constant;
  return tensor && tensor->aligned() ? &*tensor : nullptr;
}

std::optional<std::vector<std::int64_t>> BatchStep::ints(std::size_t slot) const {
  const Tensor* tensor = constant(slot);
  if (tensor == nullptr) return std::nullopt;
  std::vector<std::int64_t> values;
  if (tensor->dtype() == DType::int64) {
    for (const auto value : tensor->span<std::int64_t>()) values.push_back(value);
  } else if (tensor->dtype() == DType::int32) {
    for (const auto value : tensor->span<std::int32_t>()) values.push_back(value);
  } else {
    return std::nullopt;
  }
  return values;
}

void BatchStep::rewrite_sizes(std::size_t slot, std::vector<BatchSize> sizes) {
  SlotRewrite rewrite;
  rewrite.slot = slot;
  rewrite.sizes = std::move(sizes);
  rewrites.push_back(std::move(rewrite));
}

Reason BatchStep::same_for_all(std::size_t slot, std::size_t axis, std::int64_t multiple,
                               SlotRewrite& rewrite) const {
  if (batch == 1) return {};
  const Tensor* tensor = constant(slot);
  if (tensor == nullptr) {
    return "'" + before_.value(node.inputs[slot]).name + "' has a part for each of " +
           std::to_string(batch) + " samples";
  }
  auto part = first_part(*tensor, axis, batch, budget_);
  if (!part) return part.error().message;
  rewrite.constant = *std::move(part);
  if (!rewrite.constant) {
    return "the constant '" + before_.value(node.inputs[slot]).name +
           "' has other numbers for each sample";
  }
  rewrite.before = multiple;
  return {};
}

Reason BatchStep::meet(std::size_t slot, std::size_t axis, const BatchAxis& batch_axis,
                       bool broadcasts) {
  const std::string name = before_.value(node.inputs[slot]).name;
  if (!type(slot).ranked) return "the rank of '" + name + "' is not known";
  if (axis >= rank(slot)) return "'" + name + "' has no axis for the batch";
  const std::int64_t present = size(slot, axis);
  if (present == 1 && broadcasts) return {};
  if (present < 0) return "the size of '" + name + "' is not known where it meets the batch";
  SlotRewrite rewrite;
  rewrite.slot = slot;
  rewrite.axis = axis;
  rewrite.before = present;
  rewrite.multiple = batch_axis.multiple();
  if (present != rewrite.multiple * batch && present != 1) {
    return "'" + name + "' has " + std::to_string(present) + " where the batch is";
  }
  if (present > 1 && batch_axis.outer != 1) {
    return "'" + name + "' meets a batch that is inside another axis";
  }
  if (present > 1) {
    if (Reason why = same_for_all(slot, axis, rewrite.multiple, rewrite); !why.empty()) return why;
  }
  rewrite.repeat = !(broadcasts && rewrite.before == 1);
  rewrites.push_back(std::move(rewrite));
  return {};
}

}  // namespace vernier
