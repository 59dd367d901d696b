#include "backend/cpu/conv_shape.h"
#include "backend/cpu/kernels/qconv/qconv.h"
#include "backend/cpu/kernels/qdepthwise/qdepthwise.h"
#include "backend/cpu/kernels/qdepthwise/select.h"
#include "backend/cpu/kernels/qgemm/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/lower_quant.h"
#include "backend/cpu/picture_strides.h"
#include "ops/qconv.h"

namespace vernier {
namespace {

/// Up to this many input channels the kernel gathers rows itself and takes any input order.
constexpr std::int64_t kFewChannels = 4;

/// What the depthwise kernels take; the rest goes to the general ones.
bool fits_depthwise_kernel(const ResolvedConv& conv, const QuantSum& sum,
                           std::span<const ValueDesc> inputs) {
  return is_depthwise(conv) && conv.group == conv.out_channels && sum.out.dtype != DType::float32 &&
         !has_operand(inputs, kQuantWZero);
}

class QConvStep final : public Step {
 public:
  QConvStep(const QConvPlan& plan, int threads, const QuantSum& sum,
            std::span<const ValueDesc> inputs)
      : plan_(plan), threads_(threads), table_(byte_lookup(inputs, kQuantTable)) {
    epilogue_ = to_epilogue(sum, inputs, table_.data());
  }

  Result<void> run(const StepArgs& args) const override {
    const TensorView& x = args.inputs[kQuantX];
    const MutTensorView& y = args.outputs[0];
    QConvArgs conv{};
    conv.src = x.data;
    conv.src_strides = picture_strides(x.strides);
    conv.src_channel_stride = x.shape[1] == 1 ? 1 : x.strides[1];
    conv.packed = weight->data;
    if (args.inputs.size() > kQuantResidual && args.inputs[kQuantResidual].data != nullptr) {
      conv.residual = args.inputs[kQuantResidual].data;
      conv.residual_strides = picture_strides(args.inputs[kQuantResidual].strides);
    }
    conv.dst = y.data;
    conv.dst_strides = picture_strides(y.strides);
    conv.epilogue = epilogue_;
    const std::size_t stride = scratch_stride(plan_.scratch_bytes);
    parallel_for(*args.parallel, plan_.items,
                 [&](std::int64_t begin, std::int64_t end, int thread) {
                   qconv_run(plan_, conv, begin, end,
                             args.workspace + static_cast<std::size_t>(thread) * stride);
                 });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return scratch_stride(plan_.scratch_bytes) * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return qconv_name(plan_); }

  std::shared_ptr<const PackedWeight> weight;

 private:
  QConvPlan plan_;
  int threads_;
  ByteLookup table_;
  QEpilogue epilogue_{};
};

class QDepthwiseStep final : public Step {
 public:
  QDepthwiseStep(const QDepthwiseKernel& kernel, const QDepthwiseArgs& shape, const QuantSum& sum,
                 std::span<const ValueDesc> inputs)
      : kernel_(kernel), shape_(shape), table_(byte_lookup(inputs, kQuantTable)) {
    shape_.epilogue = to_epilogue(sum, inputs, table_.data());
  }

  Result<void> run(const StepArgs& args) const override {
    QDepthwiseArgs conv = shape_;
    const NhwcStrides src = picture_strides(args.inputs[kQuantX].strides);
    const NhwcStrides dst = picture_strides(args.outputs[0].strides);
    conv.src = args.inputs[kQuantX].data;
    conv.src_n = src.n;
    conv.src_h = src.h;
    conv.src_w = src.w;
    conv.packed = weight->data;
    if (args.inputs.size() > kQuantResidual && args.inputs[kQuantResidual].data != nullptr) {
      const NhwcStrides residual = picture_strides(args.inputs[kQuantResidual].strides);
      conv.residual = args.inputs[kQuantResidual].data;
      conv.residual_n = residual.n;
      conv.residual_h = residual.h;
      conv.residual_w = residual.w;
    }
    conv.dst = args.outputs[0].data;
    conv.dst_n = dst.n;
    conv.dst_h = dst.h;
    conv.dst_w = dst.w;
    parallel_for(*args.parallel, qdepthwise_items(kernel_, conv),
                 [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                   qdepthwise_run(kernel_, conv, begin, end);
                 });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

  std::shared_ptr<const PackedWeight> weight;

 private:
  const QDepthwiseKernel& kernel_;
  QDepthwiseArgs shape_;
  ByteLookup table_;
};

Support qconv_supports(const Node& node, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> outputs) {
  const std::size_t rank = inputs[kQuantX].shape.size();
  if (rank != 3 && rank != 4) return Support::no("only one or two spatial axes");
  if (inputs[kQuantW].constant == nullptr) return Support::no("the weight is not a constant");
  if (element_count(outputs[0].shape) == 0 || element_count(inputs[kQuantX].shape) == 0) {
    return Support::no("empty tensor");
  }
  const auto& params = params_as<QConvParams>(node);
  const auto conv = resolve_conv(params, inputs[kQuantX].shape, inputs[kQuantW].shape);
  if (!conv) return Support::no(conv.error().message);
  const std::int64_t products = element_count(inputs[kQuantW].shape) / conv->out_channels;
  if (auto why = quant_sum_refusal(inputs, products); !why.empty()) {
    return Support::no(std::move(why));
  }
  return Support::yes(fits_depthwise_kernel(*conv, params.sum, inputs) ? "qdepthwise" : "qconv");
}

NodeLayout qconv_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> /*outputs*/,
                        std::span<const Layout> /*current*/) {
  NodeLayout layout;
  const bool gathers = inputs[kQuantX].shape[1] <= kFewChannels && inputs[kQuantW].shape[1] > 1;
  layout.inputs.assign(inputs.size(), Layout::any);
  layout.inputs[kQuantX] = gathers ? Layout::any : Layout::channels_last;
  if (inputs.size() > kQuantResidual) layout.inputs[kQuantResidual] = Layout::channels_last;
  layout.output = Layout::channels_last;
  layout.pitched_output = true;
  return layout;
}

std::unique_ptr<Step> lower_depthwise(const ResolvedConv& conv, const QuantSum& sum,
                                      std::span<const ValueDesc> inputs,
                                      const LowerOptions& options, WeightStore& weights) {
  const QDepthwiseKernel& kernel = qdepthwise_select(options.isa);
  const ConvShape s = conv_shape(conv);
  QDepthwiseArgs shape{};
  shape.x_signed = is_signed_byte(inputs[kQuantX].dtype);
  shape.x_zero = sum.x_zero;
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
  auto step = std::make_unique<QDepthwiseStep>(kernel, shape, sum, inputs);
  const auto channels = quant_channels(inputs);
  const bool w_signed = is_signed_byte(inputs[kQuantW].dtype);
  std::string key = std::string(kernel.name) + channels->key;
  for (const std::int64_t part :
       {static_cast<std::int64_t>(sum.x_zero), s.stride_w, s.dilation_w}) {
    key += "/" + std::to_string(part);
  }
  step->weight =
      weights.request(*inputs[kQuantW].constant, key, qdepthwise_packed_bytes(kernel, shape),
                      [&kernel, shape, channels, w_signed](const Tensor& from, std::byte* to) {
                        qdepthwise_pack(kernel, shape, from.data(), w_signed, channels->view(), to);
                      });
  return step;
}

Result<LoweredNode> qconv_lower(const Node& node, std::span<const ValueDesc> inputs,
                                std::span<const ValueDesc> /*outputs*/, const LowerOptions& options,
                                WeightStore& weights) {
  const auto& params = params_as<QConvParams>(node);
  VERNIER_ASSIGN(const ResolvedConv conv,
                 resolve_conv(params, inputs[kQuantX].shape, inputs[kQuantW].shape));
  LoweredNode lowered;
  lowered.packed_inputs = packed_quant_inputs(inputs);
  if (fits_depthwise_kernel(conv, params.sum, inputs)) {
    lowered.step = lower_depthwise(conv, params.sum, inputs, options, weights);
    return lowered;
  }
  const bool dense_channels = inputs[kQuantX].shape[1] == 1 || inputs[kQuantX].strides[1] == 1;
  const QFormat format{is_signed_byte(inputs[kQuantX].dtype), params.sum.x_zero,
                       is_signed_byte(inputs[kQuantW].dtype), has_operand(inputs, kQuantWZero)};
  // Runtimes multiply depthwise weights in 16 bits, whatever kernel is taken here.
  LowerOptions exact = options;
  exact.saturate_pairs = options.saturate_pairs && !is_depthwise(conv);
  const QConvPlan plan =
      qconv_plan(choose_qgemm(exact, format), format, conv_shape(conv), dense_channels);
  auto step = std::make_unique<QConvStep>(plan, options.threads, params.sum, inputs);
  const auto channels = quant_channels(inputs);
  const std::string key = std::string(qconv_name(plan)) + channels->key + "/x" +
                          std::to_string(format.x_zero) + "/g" + std::to_string(conv.group) +
                          (plan.mode == QConvMode::gathered ? "/gathered" : "/direct") + "/" +
                          std::to_string(plan.taps) + "/" + std::to_string(plan.run);
  step->weight = weights.request(*inputs[kQuantW].constant, key, plan.packed_bytes,
                                 [plan, channels](const Tensor& from, std::byte* to) {
                                   qconv_pack(plan, from.data(), channels->view(), to);
                                 });
  lowered.step = std::move(step);
  return lowered;
}

constexpr CpuRow kRows[] = {{"vernier", "QConv", qconv_supports, qconv_layout, qconv_lower}};

}  // namespace

std::span<const CpuRow> qconv_rows() { return kRows; }

}  // namespace vernier
