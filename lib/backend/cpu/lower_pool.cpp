#include "backend/cpu/kernels/pool/pool.h"
#include "backend/cpu/kernels/pool/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_qpool.h"
#include "backend/cpu/lower_quant.h"
#include "backend/cpu/lower_reduce.h"
#include "backend/cpu/lower_walk.h"
#include "backend/cpu/pool_window.h"
#include "ops/average_pool.h"
#include "ops/max_pool.h"

namespace vernier {
namespace {

class PoolStep final : public Step {
 public:
  PoolStep(const PoolF32Kernel& kernel, PoolF32Fn fn, const PlaneWindow& window, bool count_padding,
           const ValueDesc& x, const ValueDesc& y)
      : kernel_(kernel), fn_(fn), h_(window.h), batch_(x.shape[0]) {
    set_window(block_, window, x, y);
    block_.count_padding = count_padding;
    src_batch_ = x.strides[0];
    dst_batch_ = y.strides[0];
    dst_row_ = y.shape.size() == 4 ? y.strides[2] : 0;
  }

  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, batch_ * h_.output,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                for (std::int64_t item = begin; item < end; ++item) {
                  const std::int64_t n = item / h_.output;
                  const std::int64_t oh = item % h_.output;
                  PoolF32Args row = block_;
                  row.src = args.inputs[0].as<float>() + n * src_batch_;
                  row.dst = args.outputs[0].as<float>() + n * dst_batch_ + oh * dst_row_;
                  row.first_h = oh * h_.stride - h_.pad_begin;
                  fn_(row);
                }
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const PoolF32Kernel& kernel_;
  PoolF32Fn fn_;
  WindowAxis h_;
  std::int64_t batch_;
  PoolF32Args block_{};
  std::int64_t src_batch_ = 0;
  std::int64_t dst_batch_ = 0;
  std::int64_t dst_row_ = 0;
};

Support pool_supports(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs) {
  const bool bytes = node.op == &max_pool_op && is_byte(inputs[0].dtype);
  if (inputs[0].dtype != DType::float32 && !bytes) return Support::no("only fp32");
  const std::size_t rank = inputs[0].shape.size();
  if (rank != 3 && rank != 4) return Support::no("only one or two spatial axes");
  if (outputs.size() > 1 && outputs[1].present()) return Support::no("indices are asked for");
  if (element_count(outputs[0].shape) == 0) return Support::no("empty tensor");
  const auto pool = resolve_pool(params_as<PoolParams>(node), inputs[0].shape);
  if (!pool) return Support::no(pool.error().message);
  return Support::yes(bytes ? "qpool" : "pool_f32");
}

NodeLayout pool_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                       std::span<const ValueDesc> /*outputs*/,
                       std::span<const Layout> /*current*/) {
  return {{Layout::channels_last}, Layout::channels_last, true};
}

Result<LoweredNode> pool_lower(const Node& node, std::span<const ValueDesc> inputs,
                               std::span<const ValueDesc> outputs, const LowerOptions& options,
                               WeightStore& /*weights*/) {
  VERNIER_ASSIGN(const ResolvedPool pool,
                 resolve_pool(params_as<PoolParams>(node), inputs[0].shape));
  LoweredNode lowered;
  if (inputs[0].dtype != DType::float32) {
    lowered.step = make_byte_max_pool(pool, inputs[0], outputs[0], options);
    return lowered;
  }
  const PoolF32Kernel& kernel = pool_select(options.isa);
  const bool average = node.op == &average_pool_op;
  const bool count_padding = average && params_as<AveragePoolParams>(node).count_include_pad;
  lowered.step =
      std::make_unique<PoolStep>(kernel, average ? kernel.average : kernel.max, plane_window(pool),
                                 count_padding, inputs[0], outputs[0]);
  return lowered;
}

Support global_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> /*outputs*/) {
  if (inputs[0].dtype != DType::float32) return Support::no("only fp32");
  if (inputs[0].shape.size() < 2) return Support::no("rank below 2");
  if (element_count(inputs[0].shape) == 0) return Support::no("empty tensor");
  return Support::yes("reduce_f32");
}

NodeLayout global_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                         std::span<const ValueDesc> /*outputs*/,
                         std::span<const Layout> /*current*/) {
  return {{Layout::any}, Layout::dense, true};
}

Result<LoweredNode> global_lower(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> outputs, const LowerOptions& options,
                                 WeightStore& /*weights*/) {
  Shape axes = Shape::filled(inputs[0].shape.size(), 1);
  axes[0] = axes[1] = 0;
  const ReduceSpec spec = node.op->name == "GlobalMaxPool"
                              ? ReduceSpec{ReduceKind::max, ReduceFinish::none}
                              : ReduceSpec{ReduceKind::sum, ReduceFinish::mean};
  LoweredNode lowered;
  lowered.step = make_reduce_f32(spec, axes, inputs[0], outputs[0], options);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "MaxPool", pool_supports, pool_layout, pool_lower},
    {"", "AveragePool", pool_supports, pool_layout, pool_lower},
    {"", "GlobalAveragePool", global_supports, global_layout, global_lower},
    {"", "GlobalMaxPool", global_supports, global_layout, global_lower},
};

}  // namespace

std::span<const CpuRow> pool_rows() { return kRows; }

}  // namespace vernier
