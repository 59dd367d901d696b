#include "backend/cpu/lower_pad.h"

#include <algorithm>
#include <vector>

#include "backend/cpu/kernels/pad/pad.h"
#include "backend/cpu/lower_walk.h"
#include "ops/pad.h"

namespace vernier {
namespace {

constexpr std::size_t kPads = 1;
constexpr std::size_t kFill = 2;
constexpr std::size_t kAxes = 3;

/// Source index of position `at` (relative to the first input element), -1: the fill value.
std::int64_t source_index(PadParams::Mode mode, std::int64_t at, std::int64_t size) {
  if (at >= 0 && at < size) return at;
  if (mode == PadParams::Mode::constant) return -1;
  if (mode == PadParams::Mode::edge) return std::clamp<std::int64_t>(at, 0, size - 1);
  if (size == 1) return 0;
  const std::int64_t period = mode == PadParams::Mode::wrap ? size : 2 * (size - 1);
  const std::int64_t phase = ((at % period) + period) % period;
  return phase < size ? phase : period - phase;
}

class PadStep final : public Step {
 public:
  PadStep(PadParams::Mode mode, const ResolvedPads& pads, const ValueDesc& x, const ValueDesc& y) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < y.shape.size(); ++i) order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return y.strides[a] > y.strides[b]; });
    shape_.element_bytes = dtype_size(x.dtype);
    shape_.rank = static_cast<int>(order.size());
    tables_.resize(order.size());
    rows_ = 1;
    for (std::size_t d = 0; d < order.size(); ++d) {
      const std::size_t axis = order[d];
      shape_.dims[d] = y.shape[axis];
      shape_.dst_strides[d] = y.strides[axis];
      if (d + 1 < order.size()) rows_ *= y.shape[axis];
      for (std::int64_t o = 0; o < y.shape[axis]; ++o) {
        const std::int64_t from = source_index(mode, o - pads.begin[axis], x.shape[axis]);
        tables_[d].push_back(from < 0 ? -1 : from * x.strides[axis]);
      }
      shape_.table[d] = tables_[d].data();
    }
    const std::size_t inner = order.back();
    if (y.strides[inner] == 1 && x.strides[inner] == 1) {
      shape_.copy_begin = std::clamp<std::int64_t>(pads.begin[inner], 0, y.shape[inner]);
      shape_.copy_end =
          std::clamp<std::int64_t>(pads.begin[inner] + x.shape[inner], 0, y.shape[inner]);
    }
    if (shape_.copy_end <= shape_.copy_begin) shape_.copy_begin = shape_.copy_end = 0;
  }

  Result<void> run(const StepArgs& args) const override {
    static constexpr std::uint64_t kZero = 0;
    PadArgs pad = shape_;
    pad.src = args.inputs[0].data;
    pad.dst = args.outputs[0].data;
    const bool given = args.inputs.size() > kFill && args.inputs[kFill].data != nullptr;
    pad.fill = given ? args.inputs[kFill].data : reinterpret_cast<const std::byte*>(&kZero);
    const std::int64_t inner = shape_.dims[shape_.rank - 1];
    const std::int64_t per_item = std::max<std::int64_t>(1, kItemElements / inner);
    run_items(*args.parallel, (rows_ + per_item - 1) / per_item,
              [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                pad_run(pad, begin * per_item, std::min(rows_, end * per_item));
              });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return "pad_generic"; }

 private:
  PadArgs shape_{};
  std::vector<std::vector<std::int64_t>> tables_;
  std::int64_t rows_ = 0;
};

Result<ResolvedPads> pads_of(std::span<const ValueDesc> inputs) {
  if (inputs[kPads].constant == nullptr) return unsupported("the pads are not constant");
  VERNIER_ASSIGN(const Tensor pads, inputs[kPads].constant->to_aligned());
  const bool has_axes = inputs.size() > kAxes && inputs[kAxes].present();
  if (!has_axes) return resolve_pads(inputs[0].shape.size(), pads.view(), nullptr);
  if (inputs[kAxes].constant == nullptr) return unsupported("the axes are not constant");
  VERNIER_ASSIGN(const Tensor axes, inputs[kAxes].constant->to_aligned());
  const TensorView view = axes.view();
  return resolve_pads(inputs[0].shape.size(), pads.view(), &view);
}

}  // namespace

Support pad_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                     std::span<const ValueDesc> outputs) {
  const std::size_t bytes = dtype_size(inputs[0].dtype);
  if (inputs[0].dtype == DType::string || bytes > 8) return Support::no("element type");
  if (inputs[0].shape.empty()) return Support::no("a scalar");
  if (element_count(inputs[0].shape) == 0 || element_count(outputs[0].shape) == 0) {
    return Support::no("empty tensor");
  }
  const auto pads = pads_of(inputs);
  if (!pads) return Support::no(pads.error().message);
  return Support::yes("pad");
}

NodeLayout pad_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> /*outputs*/, std::span<const Layout> current) {
  const bool channels_last = inputs[0].shape.size() >= 3 && current[0] == Layout::channels_last;
  return {{channels_last ? Layout::channels_last : Layout::inner_dense},
          channels_last ? Layout::channels_last : Layout::dense,
          true};
}

Result<LoweredNode> pad_lower(const Node& node, std::span<const ValueDesc> inputs,
                              std::span<const ValueDesc> outputs, const LowerOptions& /*options*/,
                              WeightStore& /*weights*/) {
  VERNIER_ASSIGN(const ResolvedPads pads, pads_of(inputs));
  LoweredNode lowered;
  lowered.step =
      std::make_unique<PadStep>(params_as<PadParams>(node).mode, pads, inputs[0], outputs[0]);
  lowered.packed_inputs = {false, true, false, true};
  return lowered;
}

}  // namespace vernier
