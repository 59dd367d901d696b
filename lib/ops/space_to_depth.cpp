#include "ops/space_to_depth.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<SpaceToDepthParams>();
  VERNIER_ASSIGN(params->blocksize,
                 attributes.get_int_in("blocksize", 0, 1, std::int64_t{1} << 20));
  if (params->blocksize < 1) return attr_error("blocksize is missing");
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_rank(context, 0, 4));
  const ValueType& x = context.input(0);
  std::vector<Dim> dims(4);
  if (x.ranked) {
    const std::int64_t block = params_as<SpaceToDepthParams>(context).blocksize;
    dims[0] = x.dims[0];
    dims[1] = mul_dims(x.dims[1], Dim::known(block * block));
    for (std::size_t i = 2; i < 4; ++i) {
      if (!x.dims[i].is_known()) continue;
      if (x.dims[i].value % block != 0) {
        return shape_error("dim " + std::to_string(i) + " is not a multiple of the blocksize");
      }
      dims[i] = Dim::known(x.dims[i].value / block);
    }
  }
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const std::int64_t block = params_as<SpaceToDepthParams>(context).blocksize;
  if (x.rank() != 4 || x.shape[2] % block != 0 || x.shape[3] % block != 0) {
    return data_shape_error(describe(x) + " does not divide into blocks of pixels");
  }
  const auto channels = checked_mul(x.shape[1], block * block);
  if (!channels) return limit_error("the output is too large", "E-LIMIT-TENSOR");
  const std::int64_t height = x.shape[2] / block;
  const std::int64_t width = x.shape[3] / block;
  VERNIER_ASSIGN(const MutTensorView y,
                 context.output(0, x.dtype, {x.shape[0], *channels, height, width}));
  const Shape shape{x.shape[0], block, block, x.shape[1], height, width};
  const Strides& s = x.strides;
  const Strides& t = y.strides;
  const std::int64_t unit = x.shape[1] * t[1];
  copy_elements({x.data, x.dtype, shape, {s[0], s[2], s[3], s[1], block * s[2], block * s[3]}},
                {y.data, y.dtype, shape, {t[0], block * unit, unit, t[1], t[2], t[3]}});
  return {};
}

}  // namespace

const OpDef space_to_depth_op = {.domain = "",
                                 .name = "SpaceToDepth",
                                 .since_version = 13,
                                 .parse = parse,
                                 .infer = infer,
                                 .reference = reference};

}  // namespace vernier
