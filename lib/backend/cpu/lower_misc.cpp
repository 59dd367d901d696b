#include "backend/cpu/copy_step.h"
#include "backend/cpu/kernels/copy/select.h"
#include "backend/cpu/kernels/reduce/reduce.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_conv_transpose.h"
#include "backend/cpu/lower_pad.h"
#include "backend/cpu/lower_walk.h"
#include "ops/arg_reduce.h"
#include "ops/depth_to_space.h"
#include "ops/space_to_depth.h"

namespace vernier {
namespace {

/// Dims of an operator that only moves elements, with the strides of both sides.
struct Move {
  int rank = 0;
  std::int64_t dims[kLoopMaxRank] = {};
  std::int64_t dst[kLoopMaxRank] = {};
  std::int64_t src[kLoopMaxRank] = {};
  void add(std::int64_t dim, std::int64_t dst_stride, std::int64_t src_stride) {
    dims[rank] = dim;
    dst[rank] = dst_stride;
    src[rank++] = src_stride;
  }
};

Move tile_move(const ValueDesc& x, const ValueDesc& y) {
  Move move;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    move.add(y.shape[i] / x.shape[i], y.strides[i] * x.shape[i], 0);
    move.add(x.shape[i], y.strides[i], x.strides[i]);
  }
  return move;
}

Move depth_to_space_move(const Node& node, const ValueDesc& x, const ValueDesc& y) {
  const auto& params = params_as<DepthToSpaceParams>(node);
  const std::int64_t b = params.blocksize;
  const Strides& s = x.strides;
  const Strides& d = y.strides;
  const std::int64_t channels = y.shape[1];
  // Input channel = c * per_channel + by * b * per_block + bx * per_block.
  const std::int64_t per_channel = params.column_first ? b * b : 1;
  const std::int64_t per_block = params.column_first ? 1 : channels;
  Move move;
  move.add(y.shape[0], d[0], s[0]);
  move.add(channels, d[1], s[1] * per_channel);
  move.add(x.shape[2], d[2] * b, s[2]);
  move.add(b, d[2], s[1] * per_block * b);
  move.add(x.shape[3], d[3] * b, s[3]);
  move.add(b, d[3], s[1] * per_block);
  return move;
}

Move space_to_depth_move(const Node& node, const ValueDesc& x, const ValueDesc& y) {
  const std::int64_t b = params_as<SpaceToDepthParams>(node).blocksize;
  const Strides& s = x.strides;
  const Strides& d = y.strides;
  const std::int64_t channels = x.shape[1];
  Move move;
  move.add(x.shape[0], d[0], s[0]);
  move.add(channels, d[1], s[1]);
  move.add(y.shape[2], d[2], s[2] * b);
  move.add(b, d[1] * b * channels, s[2]);
  move.add(y.shape[3], d[3], s[3] * b);
  move.add(b, d[1] * channels, s[3]);
  return move;
}

Support move_supports(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs) {
  const std::size_t bytes = dtype_size(inputs[0].dtype);
  if (inputs[0].dtype == DType::string || bytes > 16) return Support::no("element type");
  if (element_count(outputs[0].shape) == 0) return Support::no("empty tensor");
  if (node.op->name != "Tile" && inputs[0].shape.size() != 4) return Support::no("rank is not 4");
  return Support::yes("copy");
}

NodeLayout move_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> /*outputs*/, std::span<const Layout> current) {
  const bool channels_last = inputs[0].shape.size() >= 3 && current[0] == Layout::channels_last;
  return {{Layout::any}, channels_last ? Layout::channels_last : Layout::dense, true};
}

Result<LoweredNode> move_lower(const Node& node, std::span<const ValueDesc> inputs,
                               std::span<const ValueDesc> outputs, const LowerOptions& options,
                               WeightStore& /*weights*/) {
  Move move;
  if (node.op->name == "Tile") {
    move = tile_move(inputs[0], outputs[0]);
  } else if (node.op->name == "DepthToSpace") {
    move = depth_to_space_move(node, inputs[0], outputs[0]);
  } else {
    move = space_to_depth_move(node, inputs[0], outputs[0]);
  }
  LoweredNode lowered;
  lowered.step = std::make_unique<CopyStep>(copy_plan(copy_select(options.isa),
                                                      static_cast<int>(dtype_size(inputs[0].dtype)),
                                                      move.rank, move.dims, move.dst, move.src));
  return lowered;
}

class ArgReduceStep final : public Step {
 public:
  ArgReduceStep(ArgReduceFn fn, const ArgReduceParams& params, const ValueDesc& x,
                const ValueDesc& y)
      : fn_(fn),
        last_(params.select_last_index),
        bytes_(static_cast<std::int64_t>(dtype_size(x.dtype))) {
    const std::size_t axis = positive_axis(params.axis, x.shape.size());
    n_ = x.shape[axis];
    step_ = x.strides[axis];
    Shape shape = x.shape;
    Strides strides = x.strides;
    Strides out = y.strides;
    shape.erase(axis);
    strides.erase(axis);
    if (params.keepdims) out.erase(axis);
    LoopNest<2> nest = make_nest<2>(shape, {out, strides});
    loop_nest_normalize(nest);
    walk_ = row_walk(nest, std::max<std::int64_t>(1, kItemElements / n_));
  }
  Result<void> run(const StepArgs& args) const override {
    const LoopNest<2>& nest = walk_.nest;
    const int inner = nest.rank - 1;
    run_items(*args.parallel, walk_.items, [&](std::int64_t begin, std::int64_t end, int) {
      row_walk_run(walk_, begin, end, [&](const ptrdiff_t(&at)[2], ptrdiff_t rows, ptrdiff_t n) {
        for (ptrdiff_t r = 0; r < rows; ++r) {
          for (ptrdiff_t i = 0; i < n; ++i) {
            const ptrdiff_t out =
                at[0] + r * nest.strides[0][inner - 1] + i * nest.strides[0][inner];
            const ptrdiff_t in =
                at[1] + r * nest.strides[1][inner - 1] + i * nest.strides[1][inner];
            args.outputs[0].as<std::int64_t>()[out] =
                fn_(args.inputs[0].data + in * bytes_, n_, step_, last_);
          }
        }
      });
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return "arg_reduce_generic"; }

 private:
  ArgReduceFn fn_;
  bool last_;
  std::int64_t bytes_;
  std::int64_t n_ = 0;
  std::int64_t step_ = 0;
  RowWalk<2> walk_;
};

Support arg_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                     std::span<const ValueDesc> /*outputs*/) {
  if (arg_reduce(true, inputs[0].dtype) == nullptr) return Support::no("element type");
  if (inputs[0].shape.empty()) return Support::no("a scalar");
  if (element_count(inputs[0].shape) == 0) return Support::no("empty tensor");
  return Support::yes("arg_reduce");
}

NodeLayout any_layout(const Node& /*node*/, std::span<const ValueDesc> /*inputs*/,
                      std::span<const ValueDesc> /*outputs*/, std::span<const Layout> /*current*/) {
  return {{Layout::any}, Layout::dense, true};
}

Result<LoweredNode> arg_lower(const Node& node, std::span<const ValueDesc> inputs,
                              std::span<const ValueDesc> outputs, const LowerOptions& /*options*/,
                              WeightStore& /*weights*/) {
  LoweredNode lowered;
  lowered.step =
      std::make_unique<ArgReduceStep>(arg_reduce(node.op->name == "ArgMax", inputs[0].dtype),
                                      params_as<ArgReduceParams>(node), inputs[0], outputs[0]);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "ConvTranspose", conv_transpose_supports, conv_transpose_layout, conv_transpose_lower},
    {"", "Pad", pad_supports, pad_layout, pad_lower},
    {"", "Tile", move_supports, move_layout, move_lower},
    {"", "DepthToSpace", move_supports, move_layout, move_lower},
    {"", "SpaceToDepth", move_supports, move_layout, move_lower},
    {"", "ArgMax", arg_supports, any_layout, arg_lower},
    {"", "ArgMin", arg_supports, any_layout, arg_lower},
};

}  // namespace

std::span<const CpuRow> misc_rows() { return kRows; }

}  // namespace vernier
