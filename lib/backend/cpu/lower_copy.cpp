#include "backend/cpu/copy_step.h"
#include "backend/cpu/kernels/copy/select.h"
#include "backend/cpu/lower.h"

namespace vernier {
std::unique_ptr<Step> lower_cpu_copy(const ValueDesc& source, const ValueDesc& destination,
                                     const LowerOptions& options) {
  if (source.dtype == DType::string || source.dtype != destination.dtype) return nullptr;
  const int bytes = static_cast<int>(dtype_size(source.dtype));
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8 && bytes != 16) return nullptr;
  return std::make_unique<CopyStep>(
      copy_plan(copy_select(options.isa), bytes, static_cast<int>(source.shape.size()),
                source.shape.begin(), destination.strides.begin(), source.strides.begin()));
}

Layout shared_layout(std::span<const ValueDesc> inputs, const Shape& shape,
                     std::span<const Layout> current) {
  if (shape.size() < 3) return Layout::inner_dense;
  for (std::size_t i = 0; i < inputs.size() && i < current.size(); ++i) {
    if (inputs[i].shape == shape && current[i] == Layout::channels_last) {
      return Layout::channels_last;
    }
  }
  return Layout::inner_dense;
}

NodeLayout eltwise_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                          std::span<const ValueDesc> outputs, std::span<const Layout> current) {
  const Layout want = shared_layout(inputs, outputs[0].shape, current);
  NodeLayout layout;
  for (const ValueDesc& input : inputs) {
    const bool full = input.constant == nullptr && input.shape == outputs[0].shape;
    layout.inputs.push_back(full ? want : Layout::any);
  }
  layout.output = want == Layout::channels_last ? want : Layout::dense;
  layout.pitched_output = true;
  return layout;
}

}  // namespace vernier
