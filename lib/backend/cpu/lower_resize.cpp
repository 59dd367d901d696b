#include <cstring>
#include <vector>

#include "backend/cpu/kernels/resize/resize.h"
#include "backend/cpu/kernels/resize/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"
#include "backend/cpu/picture_strides.h"
#include "ops/resize.h"

namespace vernier {
namespace {

/// Input picture positions of one output axis: two taps each in linear mode, one in nearest.
struct AxisTaps {
  std::vector<std::int32_t> index[2];
  std::vector<float> weight[2];
};

struct Picture {
  std::int64_t batch = 0;
  std::int64_t channels = 0;
  std::int64_t out_h = 0;
  std::int64_t out_w = 0;
  AxisTaps h;
  AxisTaps w;
  NhwcStrides src{};
  NhwcStrides dst{};
};

class NearestStep final : public Step {
 public:
  NearestStep(Picture picture, std::size_t bytes)
      : p_(std::move(picture)), bytes_(static_cast<std::int64_t>(bytes)) {}
  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, p_.batch * p_.out_h,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                for (std::int64_t item = begin; item < end; ++item) {
                  row(args.inputs[0].data, args.outputs[0].data, item);
                }
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return "resize_nearest"; }

 private:
  void row(const std::byte* x, std::byte* y, std::int64_t item) const {
    const std::int64_t n = item / p_.out_h;
    const std::int64_t oh = item % p_.out_h;
    const std::int64_t ih = p_.h.index[0][static_cast<std::size_t>(oh)];
    const std::byte* src = x + (n * p_.src.n + ih * p_.src.h) * bytes_;
    std::byte* dst = y + (n * p_.dst.n + oh * p_.dst.h) * bytes_;
    const auto size = static_cast<std::size_t>(p_.channels * bytes_);
    for (std::int64_t ow = 0; ow < p_.out_w; ++ow) {
      const std::int64_t iw = p_.w.index[0][static_cast<std::size_t>(ow)];
      std::memcpy(dst + ow * p_.dst.w * bytes_, src + iw * p_.src.w * bytes_, size);
    }
  }
  Picture p_;
  std::int64_t bytes_;
};

class LinearStep final : public Step {
 public:
  LinearStep(const ResizeF32Kernel& kernel, Picture picture)
      : kernel_(kernel), p_(std::move(picture)) {}
  Result<void> run(const StepArgs& args) const override {
    run_items(*args.parallel, p_.batch * p_.out_h,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                for (std::int64_t item = begin; item < end; ++item) {
                  row(args.inputs[0].as<float>(), args.outputs[0].as<float>(), item);
                }
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  void row(const float* x, float* y, std::int64_t item) const {
    const std::int64_t n = item / p_.out_h;
    const std::int64_t oh = item % p_.out_h;
    ResizeF32Args block{};
    for (std::size_t k = 0; k < 2; ++k) {
      block.row[k] = x + n * p_.src.n + p_.h.index[k][static_cast<std::size_t>(oh)] * p_.src.h;
      block.row_weight[k] = p_.h.weight[k][static_cast<std::size_t>(oh)];
      block.col[k] = p_.w.index[k].data();
      block.col_weight[k] = p_.w.weight[k].data();
    }
    block.src_pixel = p_.src.w;
    block.dst = y + n * p_.dst.n + oh * p_.dst.h;
    block.dst_pixel = p_.dst.w;
    block.out_w = p_.out_w;
    block.channels = p_.channels;
    kernel_.linear(block);
  }
  const ResizeF32Kernel& kernel_;
  Picture p_;
};

/// The resize of the node; error when scales or sizes are not known before running.
Result<ResolvedResize> resolve(const Node& node, std::span<const ValueDesc> inputs) {
  std::vector<float> scales;
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 2; i < inputs.size() && i < 4; ++i) {
    const ValueDesc& input = inputs[i];
    if (!input.present() || element_count(input.shape) == 0) continue;
    if (input.constant == nullptr) return unsupported("the scales are not constant");
    VERNIER_ASSIGN(const Tensor aligned, input.constant->to_aligned());
    if (i == 2) {
      const auto values = aligned.span<float>();
      scales.assign(values.begin(), values.end());
    } else {
      const auto values = aligned.span<std::int64_t>();
      sizes.assign(values.begin(), values.end());
    }
  }
  return resolve_resize(params_as<ResizeParams>(node), inputs[0].shape, scales, sizes, {});
}

Support resize_supports(const Node& node, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> outputs) {
  const auto& params = params_as<ResizeParams>(node);
  const ValueDesc& x = inputs[0];
  if (params.mode == ResizeMode::cubic) return Support::no("cubic mode");
  if (params.coordinates == ResizeCoordinates::tf_crop_and_resize) {
    return Support::no("tf_crop_and_resize");
  }
  if (x.dtype == DType::string) return Support::no("strings");
  if (params.mode == ResizeMode::linear && x.dtype != DType::float32) {
    return Support::no("linear mode: only fp32");
  }
  if (x.shape.size() != 3 && x.shape.size() != 4) {
    return Support::no("only one or two spatial axes");
  }
  if (element_count(outputs[0].shape) == 0) return Support::no("empty tensor");
  const auto resize = resolve(node, inputs);
  if (!resize) return Support::no(resize.error().message);
  if (!resize->axes[0].identity() || !resize->axes[1].identity()) {
    return Support::no("batch or channels are resized");
  }
  for (std::size_t i = 2; i < x.shape.size() && params.mode == ResizeMode::linear; ++i) {
    if (resize_tap_count(params, resize->axes[i]) > 2) return Support::no("antialias");
  }
  return Support::yes(params.mode == ResizeMode::nearest ? "resize_nearest" : "resize_f32");
}

NodeLayout resize_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                         std::span<const ValueDesc> /*outputs*/,
                         std::span<const Layout> /*current*/) {
  return {{Layout::channels_last}, Layout::channels_last, true};
}

AxisTaps taps_of(const ResizeParams& params, const ResizeAxis& axis) {
  AxisTaps taps;
  for (std::int64_t o = 0; o < axis.output; ++o) {
    std::int64_t index[2] = {o, o};
    double weight[2] = {1.0, 0.0};
    if (params.mode == ResizeMode::nearest) {
      if (!axis.identity()) index[0] = resize_nearest_index(params, axis, o);
    } else if (!axis.identity()) {
      resize_taps(params, axis, o, index, weight);
      if (resize_tap_count(params, axis) < 2) {
        index[1] = index[0];
        weight[1] = 0.0;
      }
    }
    for (std::size_t k = 0; k < 2; ++k) {
      taps.index[k].push_back(static_cast<std::int32_t>(index[k]));
      taps.weight[k].push_back(static_cast<float>(weight[k]));
    }
  }
  return taps;
}

Result<LoweredNode> resize_lower(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> outputs, const LowerOptions& options,
                                 WeightStore& /*weights*/) {
  const auto& params = params_as<ResizeParams>(node);
  VERNIER_ASSIGN(const ResolvedResize resize, resolve(node, inputs));
  const Shape& out = outputs[0].shape;
  const std::size_t w = out.size() - 1;
  ResizeAxis single;
  single.input = single.output = 1;
  Picture picture;
  picture.batch = out[0];
  picture.channels = out[1];
  picture.out_h = w == 3 ? out[2] : 1;
  picture.out_w = out[w];
  picture.h = taps_of(params, w == 3 ? resize.axes[2] : single);
  picture.w = taps_of(params, resize.axes[w]);
  picture.src = picture_strides(inputs[0].strides);
  picture.dst = picture_strides(outputs[0].strides);
  LoweredNode lowered;
  if (params.mode == ResizeMode::nearest) {
    lowered.step = std::make_unique<NearestStep>(std::move(picture), dtype_size(inputs[0].dtype));
  } else {
    lowered.step = std::make_unique<LinearStep>(resize_select(options.isa), std::move(picture));
  }
  lowered.packed_inputs = {false, true, true, true};
  return lowered;
}

constexpr CpuRow kRows[] = {{"", "Resize", resize_supports, resize_layout, resize_lower}};

}  // namespace

std::span<const CpuRow> resize_rows() { return kRows; }

}  // namespace vernier
