#include "ops/cum_prod.h"

#include "ops/binary.h"
#include "ops/rows.h"
#include "ops/shapes.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr DTypeSet kAllowed =
    kFloats | dtype_set(DType::int32, DType::int64, DType::uint32, DType::uint64);
Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<CumProdParams>();
  VERNIER_ASSIGN(params->exclusive, attributes.get_bool("exclusive", false));
  VERNIER_ASSIGN(params->reverse, attributes.get_bool("reverse", false));
  return Params(std::move(params));
}
Result<void> infer(InferContext& context) {
  VERNIER_TRY(check_dtype(context, 0, kAllowed));
  VERNIER_TRY(check_dtype(context, 1, kIndexInts));
  const ValueType& x = context.input(0);
  if (const auto axis = constant_ints(context, 1); axis && axis->size() == 1 && x.ranked) {
    VERNIER_TRY(normalize_axis((*axis)[0], x.rank()));
  }
  context.set_output(0, x);
  return {};
}
template <class T>
void run(const TensorView& x, const MutTensorView& y, std::size_t axis,
         const CumProdParams& params) {
  Shape kept = x.shape;
  Strides in = x.strides;
  Strides out = y.strides;
  kept.erase(axis);
  in.erase(axis);
  out.erase(axis);
  const std::int64_t size = x.shape[axis];
  for_each_offset<2>(kept, {in, out}, [&](const auto& at) {
    T product{1};
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int64_t k = params.reverse ? size - 1 - i : i;
      T value{};
      load_row(x.dtype, element_ptr(x, at[0] + k * x.strides[axis]), 0, 1, &value);
      T next{};
      if constexpr (std::is_same_v<T, double>) {
        next = product * value;
      } else {
        next = wrapping_mul(product, value);
      }
      const T result = params.exclusive ? product : next;
      store_row(y.dtype, element_ptr(y, at[1] + k * y.strides[axis]), 0, 1, &result);
      product = next;
    }
  });
}
Result<void> reference(EvalContext& context) {
  const TensorView& x = context.input(0);
  const auto& params = params_as<CumProdParams>(context);
  VERNIER_ASSIGN(const std::int64_t raw, read_int(context.input(1)));
  VERNIER_ASSIGN(const std::size_t axis, normalize_axis(raw, x.rank()));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, x.dtype, x.shape));
  switch (lane_of(x.dtype)) {
    case Lane::real:
      run<double>(x, y, axis, params);
      return {};
    case Lane::signed_int:
      run<std::int64_t>(x, y, axis, params);
      return {};
    case Lane::unsigned_int:
      run<std::uint64_t>(x, y, axis, params);
      return {};
    case Lane::none:
      break;
  }
  return unsupported_dtype(x.dtype);
}

}  // namespace

const OpDef cum_prod_op = {.domain = "",
                           .name = "CumProd",
                           .since_version = 26,
                           .inputs = {2, 2},
                           .parse = parse,
                           .infer = infer,
                           .reference = reference};

}  // namespace vernier
