#include "backend/cpu/kernels/softmax/select.h"
#include "backend/cpu/kernels/softmax/softmax.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"
#include "ops/softmax_family.h"

namespace vernier {
namespace {

class SoftmaxStep final : public Step {
 public:
  SoftmaxStep(const SoftmaxF32Kernel& kernel, bool log, std::size_t axis, const ValueDesc& x,
              const ValueDesc& y)
      : name_(kernel.name), n_(x.shape[axis]), x_step_(x.strides[axis]), y_step_(y.strides[axis]) {
    Shape others = x.shape;
    others[axis] = 1;
    LoopNest<2> nest = make_nest<2>(others, {y.strides, x.strides});
    loop_nest_normalize(nest);
    const int inner = nest.rank - 1;
    rows_ = (x_step_ == 1 && y_step_ == 1) || n_ == 1;
    fn_ = rows_ ? (log ? kernel.log_rows : kernel.rows) : (log ? kernel.log_cols : kernel.cols);
    columns_ = !rows_ && nest.strides[0][inner] == 1 && nest.strides[1][inner] == 1;
    walk_ = row_walk(nest, std::max<std::int64_t>(64, kItemElements / n_));
  }

  Result<void> run(const StepArgs& args) const override {
    const float* x = args.inputs[0].as<float>();
    float* y = args.outputs[0].as<float>();
    run_items(*args.parallel, walk_.items,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                row_walk_run(walk_, begin, end,
                             [&](const ptrdiff_t(&at)[2], ptrdiff_t rows, ptrdiff_t n) {
                               block(x + at[1], y + at[0], rows, n);
                             });
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return name_; }

 private:
  void block(const float* x, float* y, ptrdiff_t rows, ptrdiff_t n) const {
    const LoopNest<2>& nest = walk_.nest;
    const int inner = nest.rank - 1;
    for (ptrdiff_t r = 0; r < rows; ++r) {
      const float* in = x + r * nest.strides[1][inner - 1];
      float* out = y + r * nest.strides[0][inner - 1];
      if (rows_) {
        fn_({in, out, n, n_, nest.strides[1][inner], nest.strides[0][inner]});
      } else if (columns_) {
        fn_({in, out, n_, n, x_step_, y_step_});
      } else {
        for (ptrdiff_t i = 0; i < n; ++i) {
          fn_({in + i * nest.strides[1][inner], out + i * nest.strides[0][inner], n_, 1, x_step_,
               y_step_});
        }
      }
    }
  }

  std::string_view name_;
  SoftmaxF32Fn fn_ = nullptr;
  RowWalk<2> walk_;
  std::int64_t n_;
  std::int64_t x_step_;
  std::int64_t y_step_;
  bool rows_ = false;
  bool columns_ = false;
};

Support softmax_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                         std::span<const ValueDesc> /*outputs*/) {
  if (inputs[0].dtype != DType::float32) return Support::no("only fp32");
  if (inputs[0].shape.empty()) return Support::no("a scalar has no axis");
  if (element_count(inputs[0].shape) == 0) return Support::no("empty tensor");
  return Support::yes("softmax_f32");
}

NodeLayout softmax_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                          std::span<const ValueDesc> outputs, std::span<const Layout> current) {
  const Layout want = shared_layout(inputs, outputs[0].shape, current);
  return {{want}, want == Layout::channels_last ? want : Layout::dense, true};
}

Result<LoweredNode> softmax_lower(const Node& node, std::span<const ValueDesc> inputs,
                                  std::span<const ValueDesc> outputs, const LowerOptions& options,
                                  WeightStore& /*weights*/) {
  const std::size_t axis =
      positive_axis(params_as<SoftmaxParams>(node).axis, inputs[0].shape.size());
  LoweredNode lowered;
  lowered.step = std::make_unique<SoftmaxStep>(
      softmax_select(options.isa), node.op->name == "LogSoftmax", axis, inputs[0], outputs[0]);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "Softmax", softmax_supports, softmax_layout, softmax_lower},
    {"", "LogSoftmax", softmax_supports, softmax_layout, softmax_lower},
};

}  // namespace

std::span<const CpuRow> softmax_rows() { return kRows; }

}  // namespace vernier
