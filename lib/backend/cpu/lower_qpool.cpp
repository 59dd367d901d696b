#include "backend/cpu/lower_qpool.h"

#include "backend/cpu/kernels/qeltwise/select.h"
#include "backend/cpu/kernels/qpool/qpool.h"
#include "backend/cpu/kernels/qpool/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_quant.h"
#include "backend/cpu/lower_walk.h"
#include "backend/cpu/pool_window.h"
#include "ops/qaverage_pool.h"

namespace vernier {
namespace {

constexpr std::size_t kTable = 1;

class QPoolStep final : public Step {
 public:
  QPoolStep(const QPoolKernel& kernel, QPoolFn fn, const QTableKernel& tables,
            const QPoolArgs& block, const WindowAxis& h, const ValueDesc& x, const ValueDesc& y,
            ByteLookup table)
      : kernel_(kernel),
        fn_(fn),
        tables_(tables),
        block_(block),
        h_(h),
        batch_(x.shape[0]),
        src_batch_(x.strides[0]),
        dst_batch_(y.strides[0]),
        dst_row_(y.shape.size() == 4 ? y.strides[2] : 0),
        table_(table) {}

  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, batch_ * h_.output,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                for (std::int64_t item = begin; item < end; ++item) {
                  const std::int64_t n = item / h_.output;
                  const std::int64_t oh = item % h_.output;
                  QPoolArgs row = block_;
                  row.src = args.inputs[0].data + n * src_batch_;
                  row.dst = args.outputs[0].data + n * dst_batch_ + oh * dst_row_;
                  row.first_h = oh * h_.stride - h_.pad_begin;
                  fn_(row);
                  if (table_.data() == nullptr) continue;
                  tables_.run({row.dst, row.dst, table_.data(), row.out_w, row.channels,
                               row.dst_pixel, row.dst_pixel});
                }
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const QPoolKernel& kernel_;
  QPoolFn fn_;
  const QTableKernel& tables_;
  QPoolArgs block_;
  WindowAxis h_;
  std::int64_t batch_;
  std::int64_t src_batch_;
  std::int64_t dst_batch_;
  std::int64_t dst_row_;
  ByteLookup table_;
};

/// The window that is the whole picture.
PlaneWindow whole_picture(const ValueDesc& x) {
  const auto whole = [](std::int64_t size) {
    WindowAxis axis;
    axis.input = axis.kernel = size;
    axis.output = 1;
    return axis;
  };
  return {whole(x.shape.size() == 4 ? x.shape[2] : 1), whole(x.shape.back())};
}

QPoolArgs block_of(const PlaneWindow& window, const ValueDesc& x, const ValueDesc& y) {
  QPoolArgs block{};
  block.is_signed = is_signed_byte(x.dtype);
  set_window(block, window, x, y);
  return block;
}

Support average_supports(const Node& node, std::span<const ValueDesc> inputs,
                         std::span<const ValueDesc> outputs) {
  const std::size_t rank = inputs[0].shape.size();
  if (rank != 3 && rank != 4) return Support::no("only one or two spatial axes");
  if (element_count(outputs[0].shape) == 0 || element_count(inputs[0].shape) == 0) {
    return Support::no("empty tensor");
  }
  if (has_operand(inputs, kTable) && inputs[kTable].constant == nullptr) {
    return Support::no("the table is not a constant");
  }
  const auto& params = params_as<QAveragePoolParams>(node);
  if (!params.global) {
    const auto pool = resolve_pool(params, inputs[0].shape);
    if (!pool) return Support::no(pool.error().message);
  }
  return Support::yes("qpool");
}

NodeLayout average_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                          std::span<const ValueDesc> /*outputs*/,
                          std::span<const Layout> /*current*/) {
  return {{Layout::channels_last}, Layout::channels_last, true};
}

Result<LoweredNode> average_lower(const Node& node, std::span<const ValueDesc> inputs,
                                  std::span<const ValueDesc> outputs, const LowerOptions& options,
                                  WeightStore& /*weights*/) {
  const auto& params = params_as<QAveragePoolParams>(node);
  PlaneWindow window = whole_picture(inputs[0]);
  if (!params.global) {
    VERNIER_ASSIGN(const ResolvedPool pool, resolve_pool(params, inputs[0].shape));
    window = plane_window(pool);
  }
  QPoolArgs block = block_of(window, inputs[0], outputs[0]);
  block.count_padding = params.count_include_pad;
  block.x_zero = params.x_zero;
  block.scale = params.scale;
  block.y_zero = params.out.zero;
  block.y_lo = params.out.low;
  block.y_hi = params.out.high;
  const QPoolKernel& kernel = qpool_select(options.isa);
  LoweredNode lowered;
  lowered.step =
      std::make_unique<QPoolStep>(kernel, kernel.average, qtable_select(options.isa), block,
                                  window.h, inputs[0], outputs[0], byte_lookup(inputs, kTable));
  lowered.packed_inputs.assign(inputs.size(), true);
  lowered.packed_inputs[0] = false;
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"vernier", "QAveragePool", average_supports, average_layout, average_lower}};

}  // namespace

std::unique_ptr<Step> make_byte_max_pool(const ResolvedPool& pool, const ValueDesc& x,
                                         const ValueDesc& y, const LowerOptions& options) {
  const PlaneWindow window = plane_window(pool);
  const QPoolKernel& kernel = qpool_select(options.isa);
  return std::make_unique<QPoolStep>(kernel, kernel.max, qtable_select(options.isa),
                                     block_of(window, x, y), window.h, x, y, ByteLookup());
}

std::span<const CpuRow> qpool_rows() { return kRows; }

}  // namespace vernier
