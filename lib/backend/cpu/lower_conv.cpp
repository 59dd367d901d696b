#include "backend/cpu/conv_shape.h"
#include "backend/cpu/kernels/conv/conv.h"
#include "backend/cpu/kernels/conv/select.h"
#include "backend/cpu/kernels/depthwise/depthwise.h"
#include "backend/cpu/kernels/depthwise/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/picture_strides.h"
#include "ops/conv.h"
#include "ops/fused_conv.h"

namespace vernier {

ActivationF32 to_kernel_activation(const Activation& activation) {
  const auto kind = [&] {
    switch (activation.kind) {
      case Activation::Kind::none:
        return ActivationKind::none;
      case Activation::Kind::relu:
        return ActivationKind::relu;
      case Activation::Kind::clip:
        return ActivationKind::clip;
      case Activation::Kind::sigmoid:
        return ActivationKind::sigmoid;
      case Activation::Kind::silu:
        return ActivationKind::silu;
      case Activation::Kind::hard_swish:
        return ActivationKind::hardswish;
      case Activation::Kind::hard_sigmoid:
        return ActivationKind::hardsigmoid;
      case Activation::Kind::leaky_relu:
        return ActivationKind::leaky_relu;
      case Activation::Kind::tanh:
        return ActivationKind::tanh;
      case Activation::Kind::gelu_erf:
        return ActivationKind::gelu_erf;
      case Activation::Kind::gelu_tanh:
        return ActivationKind::gelu_tanh;
    }
    return ActivationKind::none;
  };
  return {kind(), activation.alpha, activation.beta};
}

namespace {

constexpr std::size_t kX = 0;
constexpr std::size_t kW = 1;
constexpr std::size_t kB = 2;
constexpr std::size_t kResidual = 3;
/// Up to this many input channels the kernel gathers rows itself and takes any input order.
constexpr std::int64_t kFewChannels = 4;

/// What the depthwise kernels take; the rest goes to the general ones.
bool fits_depthwise_kernel(const ResolvedConv& conv) {
  return is_depthwise(conv) && conv.group == conv.out_channels;
}

const float* bias_pointer(const std::shared_ptr<const PackedWeight>& packed, const StepArgs& args) {
  if (packed) return packed->as<float>();
  return args.inputs.size() > kB ? args.inputs[kB].as<float>() : nullptr;
}

class ConvStep final : public Step {
 public:
  ConvStep(const ConvF32Plan& plan, int threads, ActivationF32 act)
      : plan_(plan), threads_(threads), act_(act) {}

  Result<void> run(const StepArgs& args) const override {
    const TensorView& x = args.inputs[kX];
    const MutTensorView& y = args.outputs[0];
    ConvF32Args conv{};
    conv.src = x.as<float>();
    conv.src_strides = picture_strides(x.strides);
    conv.src_channel_stride = x.shape[1] == 1 ? 1 : x.strides[1];
    conv.packed = weight->as<float>();
    conv.bias = bias_pointer(bias, args);
    if (args.inputs.size() > kResidual && args.inputs[kResidual].data != nullptr) {
      conv.residual = args.inputs[kResidual].as<float>();
      conv.residual_strides = picture_strides(args.inputs[kResidual].strides);
    }
    conv.dst = y.as<float>();
    conv.dst_strides = picture_strides(y.strides);
    conv.act = act_;
    const std::size_t stride = scratch_stride(plan_.scratch_bytes);
    parallel_for(*args.parallel, plan_.items,
                 [&](std::int64_t begin, std::int64_t end, int thread) {
                   conv_f32_run(plan_, conv, begin, end,
                                args.workspace + static_cast<std::size_t>(thread) * stride);
                 });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return scratch_stride(plan_.scratch_bytes) * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return conv_f32_name(plan_); }

  std::shared_ptr<const PackedWeight> weight;
  std::shared_ptr<const PackedWeight> bias;

 private:
  ConvF32Plan plan_;
  int threads_;
  ActivationF32 act_;
};

class DepthwiseStep final : public Step {
 public:
  DepthwiseStep(const DepthwiseF32Kernel& kernel, const DepthwiseF32Args& shape)
      : kernel_(kernel), shape_(shape) {}

  Result<void> run(const StepArgs& args) const override {
    DepthwiseF32Args conv = shape_;
    const NhwcStrides src = picture_strides(args.inputs[kX].strides);
    const NhwcStrides dst = picture_strides(args.outputs[0].strides);
    conv.src = args.inputs[kX].as<float>();
    conv.src_n = src.n;
    conv.src_h = src.h;
    conv.src_w = src.w;
    conv.packed = weight->as<float>();
    conv.bias = bias_pointer(bias, args);
    if (args.inputs.size() > kResidual && args.inputs[kResidual].data != nullptr) {
      const NhwcStrides residual = picture_strides(args.inputs[kResidual].strides);
      conv.residual = args.inputs[kResidual].as<float>();
      conv.residual_n = residual.n;
      conv.residual_h = residual.h;
      conv.residual_w = residual.w;
    }
    conv.dst = args.outputs[0].as<float>();
    conv.dst_n = dst.n;
    conv.dst_h = dst.h;
    conv.dst_w = dst.w;
    parallel_for(*args.parallel, depthwise_f32_items(kernel_, conv),
                 [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                   depthwise_f32_run(kernel_, conv, begin, end);
                 });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

  std::shared_ptr<const PackedWeight> weight;
  std::shared_ptr<const PackedWeight> bias;

 private:
  const DepthwiseF32Kernel& kernel_;
  DepthwiseF32Args shape_;
};

Support conv_supports(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs) {
  for (const ValueDesc& input : inputs) {
    if (input.present() && input.dtype != DType::float32) return Support::no("only fp32");
  }
  const std::size_t rank = inputs[kX].shape.size();
  if (rank != 3 && rank != 4) return Support::no("only one or two spatial axes");
  if (inputs[kW].constant == nullptr) return Support::no("the weight is not a constant");
  if (element_count(outputs[0].shape) == 0 || element_count(inputs[kX].shape) == 0) {
    return Support::no("empty tensor");
  }
  const auto conv = resolve_conv(params_as<ConvParams>(node), inputs[kX].shape, inputs[kW].shape);
  if (!conv) return Support::no(conv.error().message);
  return Support::yes(fits_depthwise_kernel(*conv) ? "depthwise_f32" : "conv_f32");
}

NodeLayout conv_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> /*outputs*/,
                       std::span<const Layout> /*current*/) {
  NodeLayout layout;
  const bool gathers = inputs[kX].shape[1] <= kFewChannels && inputs[kW].shape[1] > 1;
  layout.inputs = {gathers ? Layout::any : Layout::channels_last, Layout::any, Layout::dense,
                   Layout::channels_last};
  layout.output = Layout::channels_last;
  layout.pitched_output = true;
  return layout;
}

Result<LoweredNode> lower_depthwise(const ResolvedConv& conv, const ActivationF32& act,
                                    std::span<const ValueDesc> inputs, const LowerOptions& options,
                                    WeightStore& weights,
                                    std::shared_ptr<const PackedWeight> bias) {
  const DepthwiseF32Kernel& kernel = depthwise_f32_select(options.isa);
  const ConvShape s = conv_shape(conv);
  DepthwiseF32Args shape{};
  shape.n = s.n;
  shape.channels = s.ic;
  shape.ih = s.ih;
  shape.iw = s.iw;
  shape.oh = s.oh;
  shape.ow = s.ow;
  shape.kh = s.kh;
  shape.kw = s.kw;
  shape.stride_h = s.stride_h;
  shape.stride_w = s.stride_w;
  shape.pad_top = s.pad_top;
  shape.pad_left = s.pad_left;
  shape.dilation_h = s.dilation_h;
  shape.dilation_w = s.dilation_w;
  shape.act = act;
  auto step = std::make_unique<DepthwiseStep>(kernel, shape);
  const Tensor& source = *inputs[kW].constant;
  const std::size_t floats = depthwise_f32_packed_floats(kernel, s.ic, s.kh, s.kw);
  step->weight = weights.request(source, kernel.name, floats * sizeof(float),
                                 [&kernel, s](const Tensor& from, std::byte* destination) {
                                   depthwise_f32_pack(kernel, from.as<float>(), s.ic, s.kh, s.kw,
                                                      reinterpret_cast<float*>(destination));
                                 });
  step->bias = std::move(bias);
  LoweredNode lowered;
  lowered.step = std::move(step);
  return lowered;
}

Result<LoweredNode> conv_lower(const Node& node, std::span<const ValueDesc> inputs,
                               std::span<const ValueDesc> /*outputs*/, const LowerOptions& options,
                               WeightStore& weights) {
  VERNIER_ASSIGN(const ResolvedConv conv,
                 resolve_conv(params_as<ConvParams>(node), inputs[kX].shape, inputs[kW].shape));
  ActivationF32 act{ActivationKind::none, 0, 0};
  if (node.op == &fused_conv_op) {
    act = to_kernel_activation(params_as<FusedConvParams>(node).activation);
  }
  std::shared_ptr<const PackedWeight> bias;
  const bool constant_bias =
      inputs.size() > kB && inputs[kB].present() && inputs[kB].constant != nullptr;
  if (constant_bias) bias = request_dense_f32(*inputs[kB].constant, weights);
  LoweredNode lowered;
  if (fits_depthwise_kernel(conv)) {
    VERNIER_ASSIGN(lowered, lower_depthwise(conv, act, inputs, options, weights, bias));
  } else {
    const ConvShape shape = conv_shape(conv);
    const bool dense_channels = inputs[kX].shape[1] == 1 || inputs[kX].strides[1] == 1;
    const bool winograd = shape.n * shape.oh * shape.ow >= options.winograd_min_pixels;
    const ConvF32Plan plan = conv_f32_plan(conv_f32_select(options.isa), shape, dense_channels,
                                           winograd ? &conv_winograd_select(options.isa) : nullptr);
    auto step = std::make_unique<ConvStep>(plan, options.threads, act);
    const Tensor& source = *inputs[kW].constant;
    const std::string key = std::string(conv_f32_name(plan)) + "/g" + std::to_string(shape.groups) +
                            (plan.mode == ConvMode::gathered ? "/gathered" : "/direct");
    step->weight = weights.request(source, key, plan.packed_floats * sizeof(float),
                                   [plan](const Tensor& from, std::byte* destination) {
                                     conv_f32_pack(plan, from.as<float>(),
                                                   reinterpret_cast<float*>(destination));
                                   });
    step->bias = bias;
    lowered.step = std::move(step);
  }
  lowered.packed_inputs = {false, true, constant_bias};
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "Conv", conv_supports, conv_layout, conv_lower},
    {"vernier", "FusedConv", conv_supports, conv_layout, conv_lower},
};

}  // namespace

std::span<const CpuRow> conv_rows() { return kRows; }

}  // namespace vernier
