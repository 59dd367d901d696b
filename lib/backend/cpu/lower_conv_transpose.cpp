#include "backend/cpu/lower_conv_transpose.h"

#include <vector>

#include "backend/cpu/kernels/conv/conv.h"
#include "backend/cpu/kernels/conv/select.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/lower_walk.h"
#include "backend/cpu/picture_strides.h"
#include "ops/conv_transpose.h"

namespace vernier {
namespace {

constexpr std::size_t kX = 0;
constexpr std::size_t kW = 1;
constexpr std::size_t kB = 2;

/// One axis of one phase: outputs begin, begin + stride, ... are a convolution of stride 1 with
/// every stride-th tap of the kernel, last one first. Tap j reads input o - pad + j.
struct PhaseAxis {
  std::int64_t begin = 0;
  std::int64_t count = 0;      ///< outputs
  std::int64_t first_tap = 0;  ///< kernel index of the last conv tap
  std::int64_t taps = 0;       ///< 0: no kernel tap reaches this phase
  std::int64_t pad = 0;        ///< of the convolution; negative: the first inputs are not read
};

PhaseAxis phase_axis(const WindowAxis& axis, std::int64_t phase) {
  PhaseAxis result;
  result.begin = phase;
  result.count = phase < axis.input ? (axis.input - phase + axis.stride - 1) / axis.stride : 0;
  result.first_tap = (phase + axis.pad_begin) % axis.stride;
  const std::int64_t left = axis.kernel - result.first_tap;
  result.taps = left > 0 ? (left + axis.stride - 1) / axis.stride : 0;
  const std::int64_t shift = (phase + axis.pad_begin - result.first_tap) / axis.stride;
  result.pad = result.taps > 0 ? result.taps - 1 - shift : 0;
  return result;
}

struct Phase {
  PhaseAxis h;
  PhaseAxis w;
  std::int64_t skip_h = 0;  ///< inputs before the first one that is read
  std::int64_t skip_w = 0;
  ConvF32Plan plan;
  std::size_t weight_offset = 0;  ///< floats
  std::int64_t first_item = 0;
};

std::vector<Phase> make_phases(const ResolvedConvTranspose& conv, IsaTier isa) {
  const PlaneWindow axes = plane_window(conv);
  std::vector<Phase> phases;
  std::size_t floats = 0;
  std::int64_t items = 0;
  for (std::int64_t py = 0; py < axes.h.stride; ++py) {
    for (std::int64_t px = 0; px < axes.w.stride; ++px) {
      Phase phase;
      phase.h = phase_axis(axes.h, py);
      phase.w = phase_axis(axes.w, px);
      if (phase.h.count == 0 || phase.w.count == 0) continue;
      phase.skip_h = std::max<std::int64_t>(0, -phase.h.pad);
      phase.skip_w = std::max<std::int64_t>(0, -phase.w.pad);
      // A phase without taps is a convolution by one tap of weight 0.
      const ConvShape shape{conv.batch,
                            axes.h.output - phase.skip_h,
                            axes.w.output - phase.skip_w,
                            conv.in_channels,
                            phase.h.count,
                            phase.w.count,
                            conv.out_channels,
                            std::max<std::int64_t>(1, phase.h.taps),
                            std::max<std::int64_t>(1, phase.w.taps),
                            1,
                            1,
                            std::max<std::int64_t>(0, phase.h.pad),
                            std::max<std::int64_t>(0, phase.w.pad),
                            1,
                            1,
                            conv.group};
      phase.plan = conv_f32_plan(conv_f32_select(isa), shape, true);
      phase.weight_offset = floats;
      phase.first_item = items;
      floats += (phase.plan.packed_floats + 15) / 16 * 16;
      items += phase.plan.items;
      phases.push_back(phase);
    }
  }
  return phases;
}

/// Packs the taps of one phase: conv weights [oc][ic / groups][kh][kw] from [ic][oc /
/// groups][kh][kw].
void pack_phase(const Phase& phase, const PlaneWindow& axes, const float* source, float* packed) {
  const ConvShape& s = phase.plan.shape;
  const std::int64_t group_ic = s.ic / s.groups;
  const std::int64_t group_oc = s.oc / s.groups;
  std::vector<float> weights(static_cast<std::size_t>(s.oc * group_ic * s.kh * s.kw), 0.0F);
  std::size_t at = 0;
  for (std::int64_t o = 0; o < s.oc; ++o) {
    for (std::int64_t c = 0; c < group_ic; ++c) {
      const std::int64_t channel = o / group_oc * group_ic + c;
      const float* plane =
          source + (channel * group_oc + o % group_oc) * axes.h.kernel * axes.w.kernel;
      for (std::int64_t y = 0; y < s.kh; ++y) {
        for (std::int64_t x = 0; x < s.kw; ++x, ++at) {
          if (phase.h.taps == 0 || phase.w.taps == 0) continue;
          const std::int64_t ky = phase.h.first_tap + axes.h.stride * (s.kh - 1 - y);
          const std::int64_t kx = phase.w.first_tap + axes.w.stride * (s.kw - 1 - x);
          weights[at] = plane[ky * axes.w.kernel + kx];
        }
      }
    }
  }
  conv_f32_pack(phase.plan, weights.data(), packed);
}

class ConvTransposeStep final : public Step {
 public:
  ConvTransposeStep(std::vector<Phase> phases, const PlaneWindow& axes, const ValueDesc& x,
                    const ValueDesc& y, int threads)
      : phases_(std::move(phases)),
        axes_(axes),
        src_(picture_strides(x.strides)),
        dst_(picture_strides(y.strides)),
        threads_(threads) {
    for (const Phase& phase : phases_) {
      items_ += phase.plan.items;
      scratch_ = std::max(scratch_, scratch_stride(phase.plan.scratch_bytes));
    }
  }

  Result<void> run(const StepArgs& args) const override {
    const float* bias_data = bias ? bias->as<float>() : nullptr;
    if (!bias && args.inputs.size() > kB) bias_data = args.inputs[kB].as<float>();
    run_items(*args.parallel, items_, [&](std::int64_t begin, std::int64_t end, int thread) {
      for (const Phase& phase : phases_) {
        const std::int64_t first = std::max(begin, phase.first_item);
        const std::int64_t last = std::min(end, phase.first_item + phase.plan.items);
        if (first >= last) continue;
        ConvF32Args conv{};
        conv.src = args.inputs[kX].as<float>() + phase.skip_h * src_.h + phase.skip_w * src_.w;
        conv.src_strides = src_;
        conv.src_channel_stride = 1;
        conv.packed = weight->as<float>() + phase.weight_offset;
        conv.bias = bias_data;
        conv.dst = args.outputs[0].as<float>() + phase.h.begin * dst_.h + phase.w.begin * dst_.w;
        conv.dst_strides = {dst_.n, dst_.h * axes_.h.stride, dst_.w * axes_.w.stride};
        conv.act = {ActivationKind::none, 0.0F, 0.0F};
        conv_f32_run(phase.plan, conv, first - phase.first_item, last - phase.first_item,
                     args.workspace + static_cast<std::size_t>(thread) * scratch_);
      }
    });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return scratch_ * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override {
    return conv_f32_name(phases_.front().plan);
  }

  std::shared_ptr<const PackedWeight> weight;
  std::shared_ptr<const PackedWeight> bias;

 private:
  std::vector<Phase> phases_;
  PlaneWindow axes_;
  NhwcStrides src_;
  NhwcStrides dst_;
  int threads_;
  std::int64_t items_ = 0;
  std::size_t scratch_ = 0;
};

}  // namespace

Support conv_transpose_supports(const Node& node, std::span<const ValueDesc> inputs,
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
  const auto conv = resolve_conv_transpose(params_as<ConvTransposeParams>(node), inputs[kX].shape,
                                           inputs[kW].shape);
  if (!conv) return Support::no(conv.error().message);
  const PlaneWindow axes = plane_window(*conv);
  for (const WindowAxis& axis : {axes.h, axes.w}) {
    if (axis.dilation != 1) return Support::no("dilation");
    if (axis.stride > 16) return Support::no("stride above 16");
    for (std::int64_t phase = 0; phase < axis.stride; ++phase) {
      if (-phase_axis(axis, phase).pad >= axis.output) {
        return Support::no("pads crop a whole phase");
      }
    }
  }
  return Support::yes("conv_f32");
}

NodeLayout conv_transpose_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                                 std::span<const ValueDesc> /*outputs*/,
                                 std::span<const Layout> /*current*/) {
  return {{Layout::channels_last, Layout::any, Layout::dense}, Layout::channels_last, true};
}

Result<LoweredNode> conv_transpose_lower(const Node& node, std::span<const ValueDesc> inputs,
                                         std::span<const ValueDesc> outputs,
                                         const LowerOptions& options, WeightStore& weights) {
  VERNIER_ASSIGN(const ResolvedConvTranspose conv,
                 resolve_conv_transpose(params_as<ConvTransposeParams>(node), inputs[kX].shape,
                                        inputs[kW].shape));
  const PlaneWindow axes = plane_window(conv);
  const std::vector<Phase> phases = make_phases(conv, options.isa);
  std::string key = std::string(conv_f32_name(phases.front().plan)) + "/transposed/g" +
                    std::to_string(conv.group);
  for (const WindowAxis& axis : {axes.h, axes.w}) {
    key += "/" + std::to_string(axis.stride) + "p" + std::to_string(axis.pad_begin);
  }
  // Small outputs lack phases of one axis or the other.
  for (const Phase& phase : phases) {
    key += "/" + std::to_string(phase.h.begin) + "," + std::to_string(phase.w.begin) + "m" +
           std::to_string(static_cast<int>(phase.plan.mode));
  }
  const std::size_t floats =
      phases.back().weight_offset + (phases.back().plan.packed_floats + 15) / 16 * 16;
  auto step =
      std::make_unique<ConvTransposeStep>(phases, axes, inputs[kX], outputs[0], options.threads);
  step->weight = weights.request(*inputs[kW].constant, key, floats * sizeof(float),
                                 [phases, axes](const Tensor& from, std::byte* to) {
                                   for (const Phase& phase : phases) {
                                     pack_phase(phase, axes, from.as<float>(),
                                                reinterpret_cast<float*>(to) + phase.weight_offset);
                                   }
                                 });
  LoweredNode lowered;
  lowered.packed_inputs = {false, true};
  if (inputs.size() > kB && inputs[kB].present() && inputs[kB].constant != nullptr) {
    step->bias = request_dense_f32(*inputs[kB].constant, weights);
    lowered.packed_inputs.push_back(true);
  }
  lowered.step = std::move(step);
  return lowered;
}

}  // namespace vernier
