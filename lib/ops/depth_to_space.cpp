#include "ops/depth_to_space.h"

#include "ops/shapes.h"

namespace vernier {
namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<DepthToSpaceParams>();
  VERNIER_ASSIGN(params->blocksize,
                 attributes.get_int_in("blocksize", 0, 1, std::int64_t{1} << 20));
  VERNIER_ASSIGN(const std::string mode, attributes.get_string("mode", "DCR"));
  if (mode != "DCR" && mode != "CRD") return attr_error("mode must be DCR or CRD");
  params->column_first = mode == "CRD";
  if (params->blocksize < 1) return attr_error("blocksize is missing");
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_rank(context, 0, 4));
  const ValueType& x = context.input(0);
  std::vector<Dim> dims(4);
  if (x.ranked) {
    const std::int64_t block = params_as<DepthToSpaceParams>(context).blocksize;
    dims = {x.dims[0], Dim::unknown(), mul_dims(x.dims[2], Dim::known(block)),
            mul_dims(x.dims[3], Dim::known(block))};
    if (x.dims[1].is_known()) {
      if (x.dims[1].value % (block * block) != 0) {
        return shape_error(std::to_string(x.dims[1].value) + " channels are not a multiple of " +
                           std::to_string(block * block));
      }
      dims[1] = Dim::known(x.dims[1].value / (block * block));
    }
  }
  context.set_output(0, ValueType::of(x.dtype, std::move(dims)));
  return {};
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const auto& params = params_as<DepthToSpaceParams>(context);
  const std::int64_t block = params.blocksize;
  if (x.rank() != 4 || x.shape[1] % (block * block) != 0) {
    return data_shape_error(describe(x) + " does not divide into blocks of channels");
  }
  const std::int64_t channels = x.shape[1] / (block * block);
  const auto height = checked_mul(x.shape[2], block);
  const auto width = checked_mul(x.shape[3], block);
  if (!height || !width) return limit_error("the output is too large", "E-LIMIT-TENSOR");
  VERNIER_ASSIGN(const MutTensorView y,
                 context.output(0, x.dtype, {x.shape[0], channels, *height, *width}));
  const Shape shape{x.shape[0], channels, x.shape[2], block, x.shape[3], block};
  const Strides& s = x.strides;
  const std::int64_t unit = params.column_first ? s[1] : channels * s[1];
  const TensorView from{
      x.data,
      x.dtype,
      shape,
      {s[0], params.column_first ? block * block * s[1] : s[1], s[2], block * unit, s[3], unit}};
  const Strides& t = y.strides;
  copy_elements(from,
                {y.data, y.dtype, shape, {t[0], t[1], block * t[2], t[2], block * t[3], t[3]}});
  return {};
}

}  // namespace

const OpDef depth_to_space_op = {.domain = "",
                                 .name = "DepthToSpace",
                                 .since_version = 13,
                                 .parse = parse,
                                 .infer = infer,
                                 .reference = reference};

}  // namespace vernier
