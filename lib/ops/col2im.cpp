#include "ops/col2im.h"

#include <algorithm>
#include <array>
#include <memory>

#include "ops/dense.h"
#include "ops/shapes.h"
#include "ops/type_check.h"
#include "ops/window.h"

namespace vernier {
namespace {

/// The attributes are those of a window without kernel_shape.
Result<Params> parse(AttrReader& attributes, int) {
  if (attributes.has("kernel_shape") || attributes.has("auto_pad")) {
    return attr_error("Col2Im has neither kernel_shape nor auto_pad");
  }
  WindowParams window;
  VERNIER_TRY(parse_window(attributes, window));
  auto params = std::make_shared<Col2ImParams>();
  params->strides = window.strides;
  params->pads = window.pads;
  params->dilations = window.dilations;
  return Params(std::move(params));
}

struct Blocks {
  std::size_t rank = 0;
  std::array<WindowAxis, kMaxRank> axes{};
  std::int64_t per_block = 1;  ///< elements of one block
  std::int64_t count = 1;      ///< blocks of one picture (L)
};

Result<Blocks> resolve_blocks(const Col2ImParams& params, const Shape& image, const Shape& block) {
  if (image.size() != block.size() || image.empty() || image.size() + 2 > kMaxRank) {
    return data_shape_error("image_shape and block_shape differ in length");
  }
  WindowParams window;
  window.strides = params.strides;
  window.pads = params.pads;
  window.dilations = params.dilations;
  Blocks blocks;
  blocks.rank = image.size();
  VERNIER_TRY(check_window_rank(window, blocks.rank));
  for (std::size_t i = 0; i < blocks.rank; ++i) {
    if (image[i] < 0 || block[i] < 1) return data_shape_error("image or block size is negative");
    VERNIER_ASSIGN(blocks.axes[i],
                   resolve_window_axis(window, blocks.rank, i, image[i], block[i], false));
    const auto elements = checked_mul(blocks.per_block, block[i]);
    const auto count = checked_mul(blocks.count, blocks.axes[i].output);
    if (!elements || !count) return limit_error("block sizes overflow", "E-LIMIT-TENSOR");
    blocks.per_block = *elements;
    blocks.count = *count;
  }
  return blocks;
}

Result<void> infer(InferContext& context) {
  const ValueType& x = context.input(0);
  VERNIER_TRY(check_dtype(context, 0, kNumbers));
  VERNIER_TRY(check_rank(x, 3, 3, "input"));
  const auto image = int_elements(context, 1);
  const auto block = constant_ints(context, 2);
  ValueType y = ValueType::of(x.dtype);
  if (image) {
    y.ranked = true;
    Dim channels;
    if (x.ranked && x.dims[1].is_known() && block) {
      std::int64_t elements = 1;
      for (const std::int64_t size : *block) {
        const auto next = checked_mul(elements, size);
        if (size < 1 || !next) return data_shape_error("block_shape is out of range");
        elements = *next;
      }
      if (x.dims[1].value % elements != 0) {
        return shape_error("axis 1 of the input is no multiple of the block");
      }
      channels = Dim::known(x.dims[1].value / elements);
    }
    y.dims = {x.ranked ? x.dims[0] : Dim::unknown(), channels};
    y.dims.insert(y.dims.end(), image->begin(), image->end());
  }
  context.set_output(0, std::move(y));
  return {};
}

/// Adds the row of one block element (`tap`) to the picture.
void add_row(const Blocks& blocks, const Shape& tap, const double* row, double* picture) {
  Shape index = Shape::filled(blocks.rank, 0);
  for (std::int64_t l = 0; l < blocks.count; ++l) {
    std::int64_t offset = 0;
    bool inside = true;
    for (std::size_t i = 0; i < blocks.rank; ++i) {
      const WindowAxis& a = blocks.axes[i];
      const std::int64_t at = index[i] * a.stride - a.pad_begin + tap[i] * a.dilation;
      inside = inside && at >= 0 && at < a.input;
      offset = offset * a.input + at;
    }
    if (inside) picture[offset] += row[l];
    for (std::size_t i = blocks.rank; i-- > 0;) {
      if (++index[i] < blocks.axes[i].output) break;
      index[i] = 0;
    }
  }
}

Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  VERNIER_ASSIGN(const Shape image, read_ints(context.input(1)));
  VERNIER_ASSIGN(const Shape block, read_ints(context.input(2)));
  VERNIER_ASSIGN(const Blocks blocks,
                 resolve_blocks(params_as<Col2ImParams>(context), image, block));
  if (x.rank() != 3 || x.shape[1] % blocks.per_block != 0 || x.shape[2] != blocks.count) {
    return shape_error("input is " + describe(x) + ", expected blocks of " +
                       std::to_string(blocks.per_block) + " elements, " +
                       std::to_string(blocks.count) + " of them");
  }
  const std::int64_t planes = x.shape[0] * (x.shape[1] / blocks.per_block);
  Shape output{x.shape[0], x.shape[1] / blocks.per_block};
  for (const std::int64_t size : image) output.push_back(size);
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, output));
  VERNIER_ASSIGN(const double* xs, dense_doubles(context, x));
  const std::int64_t count = element_count(output);
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  std::fill(ys, ys + count, 0.0);
  const std::int64_t plane = element_count(image);
  for (std::int64_t p = 0; p < planes && count > 0; ++p) {
    Shape tap = Shape::filled(blocks.rank, 0);
    for (std::int64_t k = 0; k < blocks.per_block; ++k) {
      add_row(blocks, tap, xs + (p * blocks.per_block + k) * blocks.count, ys + p * plane);
      for (std::size_t i = blocks.rank; i-- > 0;) {
        if (++tap[i] < block[i]) break;
        tap[i] = 0;
      }
    }
  }
  return store_doubles(ys, y);
}

}  // namespace

const OpDef col2im_op{
    .domain = "",
    .name = "Col2Im",
    .since_version = 18,
    .inputs = {3, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
};

}  // namespace vernier
