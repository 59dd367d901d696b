#include <cmath>

#include "backend/cpu/kernels/eltwise/eltwise.h"
#include "backend/cpu/kernels/eltwise/select.h"
#include "backend/cpu/kernels/norm/norm.h"
#include "backend/cpu/kernels/norm/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"
#include "ops/batch_normalization.h"
#include "ops/group_normalization.h"
#include "ops/instance_normalization.h"
#include "ops/layer_normalization.h"
#include "ops/rms_normalization.h"

namespace vernier {
namespace {

constexpr std::size_t kX = 0;
constexpr std::size_t kScale = 1;
constexpr std::size_t kBias = 2;

bool absent(std::span<const ValueDesc> descs, std::size_t i) {
  return i >= descs.size() || !descs[i].present();
}

const float* operand(const StepArgs& args, std::size_t i) {
  return i < args.inputs.size() && args.inputs[i].data != nullptr ? args.inputs[i].as<float>()
                                                                  : nullptr;
}

/// LayerNormalization and RMSNormalization: rows of the last dims.
class RowNormStep final : public Step {
 public:
  RowNormStep(const NormF32Kernel& kernel, bool rms, float epsilon, std::size_t axis,
              const ValueDesc& x, const ValueDesc& y)
      : kernel_(kernel), fn_(rms ? kernel.rms : kernel.layer), epsilon_(epsilon) {
    Shape rows = x.shape;
    for (std::size_t i = axis; i < rows.size(); ++i) {
      n_ *= rows[i];
      rows[i] = 1;
    }
    LoopNest<2> nest = make_nest<2>(rows, {y.strides, x.strides});
    loop_nest_normalize(nest);
    walk_ = row_walk(nest, std::max<std::int64_t>(1, kItemElements / n_));
  }

  Result<void> run(const StepArgs& args) const override {
    NormF32Args block{};
    block.n = n_;
    block.x_pitch = walk_.nest.strides[1][walk_.nest.rank - 1];
    block.y_pitch = walk_.nest.strides[0][walk_.nest.rank - 1];
    block.scale = operand(args, kScale);
    block.bias = fn_ == kernel_.rms ? nullptr : operand(args, kBias);
    block.affine_step = 1;
    block.epsilon = epsilon_;
    run_items(
        *args.parallel, walk_.items, [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
          row_walk_run(
              walk_, begin, end, [&](const ptrdiff_t(&at)[2], ptrdiff_t rows, ptrdiff_t n) {
                for (ptrdiff_t r = 0; r < rows; ++r) {
                  NormF32Args part = block;
                  const int dim = walk_.nest.rank - 2;
                  part.x = args.inputs[kX].as<float>() + at[1] + r * walk_.nest.strides[1][dim];
                  part.y = args.outputs[0].as<float>() + at[0] + r * walk_.nest.strides[0][dim];
                  part.rows = n;
                  fn_(part);
                }
              });
        });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const NormF32Kernel& kernel_;
  NormF32Fn fn_;
  float epsilon_;
  std::int64_t n_ = 1;
  RowWalk<2> walk_;
};

std::int64_t row_axis(const Node& node) {
  return node.op->name == "RMSNormalization" ? params_as<RmsNormalizationParams>(node).axis
                                             : params_as<LayerNormalizationParams>(node).axis;
}

/// Whether an operand of this shape has one value for each element of a row (dims of x from
/// `axis`).
bool covers_rows(const Shape& shape, const Shape& x, std::size_t axis) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool has = i + shape.size() >= x.size();
    const std::int64_t dim = has ? shape[i + shape.size() - x.size()] : 1;
    if (dim != (i >= axis ? x[i] : 1)) return false;
  }
  return true;
}

Support row_norm_supports(const Node& node, std::span<const ValueDesc> inputs,
                          std::span<const ValueDesc> outputs) {
  for (const ValueDesc& input : inputs) {
    if (input.present() && input.dtype != DType::float32) return Support::no("only fp32");
  }
  if (!absent(outputs, 1) || !absent(outputs, 2)) return Support::no("statistics are asked for");
  const Shape& x = inputs[kX].shape;
  if (element_count(x) == 0) return Support::no("empty tensor");
  const std::size_t axis = positive_axis(row_axis(node), x.size());
  for (const std::size_t i : {kScale, kBias}) {
    if (!absent(inputs, i) && !covers_rows(inputs[i].shape, x, axis)) {
      return Support::no("scale or bias is broadcast");
    }
  }
  return Support::yes("norm_f32");
}

NodeLayout row_norm_layout(const Node& node, std::span<const ValueDesc> inputs,
                           std::span<const ValueDesc> /*outputs*/,
                           std::span<const Layout> /*current*/) {
  const std::size_t rank = inputs[kX].shape.size();
  const bool last_only = positive_axis(row_axis(node), rank) + 1 == rank;
  return {{last_only ? Layout::inner_dense : Layout::dense, Layout::dense, Layout::dense},
          Layout::dense,
          false};
}

Result<LoweredNode> row_norm_lower(const Node& node, std::span<const ValueDesc> inputs,
                                   std::span<const ValueDesc> outputs, const LowerOptions& options,
                                   WeightStore& /*weights*/) {
  const bool rms = node.op->name == "RMSNormalization";
  const float epsilon = rms ? params_as<RmsNormalizationParams>(node).epsilon
                            : params_as<LayerNormalizationParams>(node).epsilon;
  LoweredNode lowered;
  lowered.step = std::make_unique<RowNormStep>(
      norm_select(options.isa), rms, epsilon,
      positive_axis(row_axis(node), inputs[kX].shape.size()), inputs[kX], outputs[0]);
  return lowered;
}

/// BatchNormalization that no convolution took in: y = x * scale[c] + shift[c].
class BatchNormStep final : public Step {
 public:
  BatchNormStep(const EltwiseF32Kernel& kernel, float epsilon, const ValueDesc& x,
                const ValueDesc& y)
      : kernel_(kernel), epsilon_(epsilon), channels_(x.shape[1]) {
    Strides per_channel = Shape::filled(x.shape.size(), 0);
    per_channel[1] = 1;
    LoopNest<3> nest = make_nest<3>(x.shape, {y.strides, x.strides, per_channel});
    loop_nest_normalize(nest);
    walk_ = row_walk(nest, kItemElements);
  }

  Result<void> run(const StepArgs& args) const override {
    float* scale = reinterpret_cast<float*>(args.workspace);
    float* shift = scale + channels_;
    for (std::int64_t c = 0; c < channels_; ++c) {
      const auto value = [&](std::size_t i) {
        return static_cast<double>(args.inputs[i].as<float>()[c]);
      };
      const double factor = value(1) / std::sqrt(value(4) + static_cast<double>(epsilon_));
      scale[c] = static_cast<float>(factor);
      shift[c] = static_cast<float>(value(2) - value(3) * factor);
    }
    const LoopNest<3>& nest = walk_.nest;
    const int inner = nest.rank - 1;
    run_items(*args.parallel, walk_.items, [&](std::int64_t begin, std::int64_t end, int) {
      row_walk_run(walk_, begin, end, [&](const ptrdiff_t(&at)[3], ptrdiff_t rows, ptrdiff_t n) {
        EltwiseArgs block{};
        block.y = args.outputs[0].as<float>() + at[0];
        block.y_step = nest.strides[0][inner];
        block.y_pitch = nest.strides[0][inner - 1];
        block.x[0] = args.inputs[kX].as<float>() + at[1];
        block.x[1] = scale + at[2];
        block.x[2] = shift + at[2];
        for (std::size_t k = 0; k < 3; ++k) {
          const std::size_t operand_index = k == 0 ? 1 : 2;
          block.step[k] = nest.strides[operand_index][inner];
          block.pitch[k] = nest.strides[operand_index][inner - 1];
        }
        block.rows = rows;
        block.n = n;
        eltwise_f32_run(kernel_.scale_shift, 3, block);
      });
    });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return static_cast<std::size_t>(channels_) * 2 * sizeof(float);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const EltwiseF32Kernel& kernel_;
  float epsilon_;
  std::int64_t channels_;
  RowWalk<3> walk_;
};

Support batch_norm_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                            std::span<const ValueDesc> /*outputs*/) {
  for (const ValueDesc& input : inputs) {
    if (input.dtype != DType::float32) return Support::no("only fp32");
  }
  if (inputs[kX].shape.size() < 2) return Support::no("rank below 2");
  return Support::yes("eltwise_f32");
}

NodeLayout batch_norm_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                             std::span<const ValueDesc> outputs, std::span<const Layout> current) {
  const Layout want = shared_layout(inputs, outputs[0].shape, current);
  return {{want, Layout::dense, Layout::dense, Layout::dense, Layout::dense},
          want == Layout::channels_last ? want : Layout::dense,
          true};
}

Result<LoweredNode> batch_norm_lower(const Node& node, std::span<const ValueDesc> inputs,
                                     std::span<const ValueDesc> outputs,
                                     const LowerOptions& options, WeightStore& /*weights*/) {
  LoweredNode lowered;
  lowered.step = std::make_unique<BatchNormStep>(eltwise_select(options.isa),
                                                 params_as<BatchNormalizationParams>(node).epsilon,
                                                 inputs[kX], outputs[0]);
  return lowered;
}

/// InstanceNormalization and GroupNormalization: rows of whole channels, dense.
class GroupNormStep final : public Step {
 public:
  GroupNormStep(const NormF32Kernel& kernel, const EltwiseF32Kernel& eltwise, float epsilon,
                std::int64_t groups, const Shape& x)
      : kernel_(kernel),
        eltwise_(eltwise),
        epsilon_(epsilon),
        groups_(groups),
        rows_(x[0] * groups),
        channels_(x[1] / groups),
        plane_(element_count(x) / (x[0] * x[1])) {}

  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, rows_, [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t channel = row % groups_ * channels_;
        const std::int64_t n = channels_ * plane_;
        NormF32Args block{};
        block.x = args.inputs[kX].as<float>() + row * n;
        block.y = args.outputs[0].as<float>() + row * n;
        block.rows = 1;
        block.n = n;
        block.epsilon = epsilon_;
        if (channels_ == 1) {
          block.scale = args.inputs[kScale].as<float>() + channel;
          block.bias = args.inputs[kBias].as<float>() + channel;
        }
        kernel_.layer(block);
        if (channels_ > 1) scale_channels(args, channel, block.y);
      }
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  void scale_channels(const StepArgs& args, std::int64_t channel, float* y) const {
    EltwiseArgs affine{};
    affine.y = y;
    affine.x[0] = y;
    affine.x[1] = args.inputs[kScale].as<float>() + channel;
    affine.x[2] = args.inputs[kBias].as<float>() + channel;
    affine.rows = channels_;
    affine.n = plane_;
    affine.y_step = affine.step[0] = 1;
    affine.y_pitch = affine.pitch[0] = plane_;
    affine.pitch[1] = affine.pitch[2] = 1;
    eltwise_f32_run(eltwise_.scale_shift, 3, affine);
  }
  const NormF32Kernel& kernel_;
  const EltwiseF32Kernel& eltwise_;
  float epsilon_;
  std::int64_t groups_;
  std::int64_t rows_;
  std::int64_t channels_;  ///< of a group
  std::int64_t plane_;
};

Support group_norm_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                            std::span<const ValueDesc> /*outputs*/) {
  for (const ValueDesc& input : inputs) {
    if (input.dtype != DType::float32) return Support::no("only fp32");
  }
  if (inputs[kX].shape.size() < 2) return Support::no("rank below 2");
  if (element_count(inputs[kX].shape) == 0) return Support::no("empty tensor");
  return Support::yes("norm_f32");
}

NodeLayout group_norm_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                             std::span<const ValueDesc> /*outputs*/,
                             std::span<const Layout> /*current*/) {
  return {{Layout::dense, Layout::dense, Layout::dense}, Layout::dense, false};
}

Result<LoweredNode> group_norm_lower(const Node& node, std::span<const ValueDesc> inputs,
                                     std::span<const ValueDesc> /*outputs*/,
                                     const LowerOptions& options, WeightStore& /*weights*/) {
  const bool instance = node.op->name == "InstanceNormalization";
  const Shape& x = inputs[kX].shape;
  LoweredNode lowered;
  lowered.step = std::make_unique<GroupNormStep>(
      norm_select(options.isa), eltwise_select(options.isa),
      instance ? params_as<InstanceNormalizationParams>(node).epsilon
               : params_as<GroupNormalizationParams>(node).epsilon,
      instance ? x[1] : params_as<GroupNormalizationParams>(node).num_groups, x);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "InstanceNormalization", group_norm_supports, group_norm_layout, group_norm_lower},
    {"", "GroupNormalization", group_norm_supports, group_norm_layout, group_norm_lower},
    {"", "LayerNormalization", row_norm_supports, row_norm_layout, row_norm_lower},
    {"", "RMSNormalization", row_norm_supports, row_norm_layout, row_norm_lower},
    {"", "BatchNormalization", batch_norm_supports, batch_norm_layout, batch_norm_lower},
};

}  // namespace

std::span<const CpuRow> norm_rows() { return kRows; }

}  // namespace vernier
