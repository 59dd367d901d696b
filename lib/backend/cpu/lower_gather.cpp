#include "backend/cpu/kernels/gather/gather.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"
#include "ops/gather.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

class GatherStep final : public Step {
 public:
  GatherStep(std::size_t axis, const ValueDesc& x, const ValueDesc& indices)
      : axis_(axis), count_(element_count(indices.shape)) {
    shape_.axis = x.shape[axis];
    shape_.count = count_;
    shape_.wide = indices.dtype == DType::int64;
    shape_.block_bytes = static_cast<std::int64_t>(dtype_size(x.dtype));
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      if (i < axis) outer_ *= x.shape[i];
      if (i > axis) shape_.block_bytes *= x.shape[i];
    }
  }

  Result<void> run(const StepArgs& args) const override {
    GatherArgs gather = shape_;
    gather.src = args.inputs[0].data;
    gather.dst = args.outputs[0].data;
    gather.indices = args.inputs[1].data;
    std::int64_t bad = 0;
    if (!gather_check(gather.indices, gather.wide, count_, gather.axis, &bad)) {
      return index_error(bad, static_cast<std::int64_t>(axis_), gather.axis);
    }
    const std::int64_t blocks = outer_ * count_;
    constexpr std::int64_t kItemBytes = 65536;
    const std::int64_t per_item =
        std::max<std::int64_t>(1, kItemBytes / std::max<std::int64_t>(1, gather.block_bytes));
    run_items(*args.parallel, (blocks + per_item - 1) / per_item,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                gather_run(gather, begin * per_item, std::min(blocks, end * per_item));
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return "gather_generic"; }

 private:
  std::size_t axis_;
  std::int64_t count_;
  std::int64_t outer_ = 1;
  GatherArgs shape_{};
};

Support gather_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> outputs) {
  if (inputs[0].dtype == DType::string) return Support::no("strings");
  if (inputs[1].dtype != DType::int64 && inputs[1].dtype != DType::int32) {
    return Support::no("indices are not integers");
  }
  if (element_count(outputs[0].shape) == 0) return Support::no("empty tensor");
  return Support::yes("gather");
}

NodeLayout gather_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                         std::span<const ValueDesc> /*outputs*/,
                         std::span<const Layout> /*current*/) {
  return {{Layout::dense, Layout::dense}, Layout::dense, false};
}

Result<LoweredNode> gather_lower(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> /*outputs*/,
                                 const LowerOptions& /*options*/, WeightStore& /*weights*/) {
  const std::size_t axis =
      positive_axis(params_as<GatherParams>(node).axis, inputs[0].shape.size());
  LoweredNode lowered;
  lowered.step = std::make_unique<GatherStep>(axis, inputs[0], inputs[1]);
  return lowered;
}

constexpr CpuRow kRows[] = {{"", "Gather", gather_supports, gather_layout, gather_lower}};

}  // namespace

std::span<const CpuRow> gather_rows() { return kRows; }

}  // namespace vernier
