#include "backend/cpu/kernels/copy/copy.h"
#include "backend/cpu/kernels/copy/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"

namespace vernier {
namespace {

class CopyStep final : public Step {
 public:
  explicit CopyStep(const CopyPlan& plan) : plan_(plan) {}
  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, plan_.items, [&](std::int64_t begin, std::int64_t end, int) {
      copy_run(plan_, args.inputs[0].data, args.outputs[0].data, begin, end);
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return copy_name(plan_); }

 private:
  CopyPlan plan_;
};

}  // namespace

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

}  // namespace vernier
