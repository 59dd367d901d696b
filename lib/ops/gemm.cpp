#include "ops/gemm.h"

#include <memory>
#include <utility>

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/matmul.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr DType kTypes[] = {DType::float16, DType::bfloat16, DType::float32, DType::float64,
                            DType::int32,   DType::int64,    DType::uint32,  DType::uint64};

/// The view with its two axes swapped when asked.
TensorView maybe_transposed(TensorView view, bool transpose) {
  if (transpose) {
    std::swap(view.shape[0], view.shape[1]);
    std::swap(view.strides[0], view.strides[1]);
  }
  return view;
}

/// C as if broadcast to [m, n]. Error E-MODEL-SHAPE when it cannot be.
Result<TensorView> broadcast_c(const TensorView& c, const ResolvedGemm& gemm) {
  const Shape to{gemm.m, gemm.n};
  VERNIER_ASSIGN(const Shape joined, broadcast_shape_pair(c.shape, to));
  if (joined != to) {
    return invalid_model("C is " + describe(c) + ", but the product is " + to_string(to),
                         "E-MODEL-SHAPE");
  }
  return TensorView{c.data, c.dtype, to, broadcast_strides(c.shape, c.strides, to)};
}

}  // namespace

Result<void> parse_gemm(AttrReader& attributes, GemmParams& params) {
  VERNIER_ASSIGN(params.alpha, attributes.get_float("alpha", 1.0F));
  VERNIER_ASSIGN(params.beta, attributes.get_float("beta", 1.0F));
  VERNIER_ASSIGN(params.trans_a, attributes.get_bool("transA", false));
  VERNIER_ASSIGN(params.trans_b, attributes.get_bool("transB", false));
  return {};
}

Result<ValueType> infer_gemm_type(const GemmParams& params, const InferContext& context) {
  const ValueType& a = context.input(0);
  const ValueType& b = context.input(1);
  VERNIER_TRY(check_dtype(a, kTypes, "A"));
  VERNIER_TRY(check_same_dtype(a, "A", b, "B"));
  VERNIER_TRY(check_rank(a, 2, 2, "A"));
  VERNIER_TRY(check_rank(b, 2, 2, "B"));
  const auto dim_of = [](const ValueType& type, std::size_t axis) {
    return type.ranked ? type.dims[axis] : Dim::unknown();
  };
  const Dim m = dim_of(a, params.trans_a ? 1 : 0);
  const Dim n = dim_of(b, params.trans_b ? 0 : 1);
  const Dim k = dim_of(a, params.trans_a ? 0 : 1);
  VERNIER_TRY(check_dim(b, params.trans_b ? 1 : 0, k, "B"));
  if (context.has_input(2)) {
    const ValueType& c = context.input(2);
    VERNIER_TRY(check_same_dtype(a, "A", c, "C"));
    VERNIER_TRY(check_rank(c, 0, 2, "C"));
    for (std::size_t i = 0; c.ranked && i < c.rank(); ++i) {
      const Dim& dim = c.dims[i];
      if (dim.is_known() && dim.value == 1) continue;
      VERNIER_TRY(check_dim(c, i, i + 1 == c.rank() ? n : m, "C"));
    }
  }
  return ValueType::of(a.dtype, std::vector<Dim>{m, n});
}

Result<ResolvedGemm> resolve_gemm(const GemmParams& params, const Shape& a, const Shape& b) {
  if (a.size() != 2 || b.size() != 2) {
    return invalid_model("A has " + std::to_string(a.size()) + " and B has " +
                             std::to_string(b.size()) + " dims, expected 2",
                         "E-MODEL-SHAPE");
  }
  ResolvedGemm gemm;
  gemm.m = a[params.trans_a ? 1 : 0];
  gemm.k = a[params.trans_a ? 0 : 1];
  gemm.n = b[params.trans_b ? 0 : 1];
  if (b[params.trans_b ? 1 : 0] != gemm.k) {
    return invalid_model("inner dims " + std::to_string(gemm.k) + " and " +
                             std::to_string(b[params.trans_b ? 1 : 0]) + " differ",
                         "E-MODEL-SHAPE");
  }
  if (!checked_byte_count(DType::float64, Shape{gemm.m, gemm.n}.span())) {
    return limit_error("output is too large", "E-LIMIT-TENSOR");
  }
  return gemm;
}

Result<double*> gemm_doubles(const GemmParams& params, const ResolvedGemm& gemm,
                             EvalContext& context) {
  VERNIER_ASSIGN(const double* as,
                 dense_doubles(context, maybe_transposed(context.input(0), params.trans_a)));
  VERNIER_ASSIGN(const double* bs,
                 dense_doubles(context, maybe_transposed(context.input(1), params.trans_b)));
  const std::int64_t count = gemm.m * gemm.n;
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
  matmul_dense(as, bs, ys, gemm.m, gemm.n, gemm.k);
  const auto alpha = static_cast<double>(params.alpha);
  for (std::int64_t i = 0; i < count; ++i) ys[i] *= alpha;
  if (context.has_input(2) && params.beta != 0.0F) {
    VERNIER_ASSIGN(const TensorView c, broadcast_c(context.input(2), gemm));
    VERNIER_ASSIGN(const double* cs, dense_doubles(context, c));
    const auto beta = static_cast<double>(params.beta);
    for (std::int64_t i = 0; i < count; ++i) ys[i] += beta * cs[i];
  }
  return ys;
}

std::int64_t gemm_macs(const OpParams& params, std::span<const Shape> inputs,
                       std::span<const Shape> outputs) {
  const auto& gemm = static_cast<const GemmParams&>(params);
  return saturating_mul(element_count(outputs[0]), inputs[0][gemm.trans_a ? 0 : 1]);
}

namespace {

Result<Params> parse(AttrReader& attributes, int) {
  auto params = std::make_shared<GemmParams>();
  VERNIER_TRY(parse_gemm(attributes, *params));
  return Params(std::move(params));
}

Result<void> infer(InferContext& context) {
  VERNIER_ASSIGN(ValueType y, infer_gemm_type(params_as<GemmParams>(context), context));
  context.set_output(0, std::move(y));
  return {};
}

/// A' * B' + C modulo 2^64.
Result<void> integer_reference(EvalContext& context, const GemmParams& params,
                               const ResolvedGemm& gemm, const MutTensorView& y) {
  VERNIER_ASSIGN(const std::int64_t* as,
                 dense_int64s(context, maybe_transposed(context.input(0), params.trans_a)));
  VERNIER_ASSIGN(const std::int64_t* bs,
                 dense_int64s(context, maybe_transposed(context.input(1), params.trans_b)));
  const std::int64_t count = gemm.m * gemm.n;
  VERNIER_ASSIGN(std::uint64_t * ys, scratch_array<std::uint64_t>(context, count));
  matmul_dense(reinterpret_cast<const std::uint64_t*>(as),
               reinterpret_cast<const std::uint64_t*>(bs), ys, gemm.m, gemm.n, gemm.k);
  if (context.has_input(2)) {
    VERNIER_ASSIGN(const TensorView c, broadcast_c(context.input(2), gemm));
    VERNIER_ASSIGN(const std::int64_t* cs, dense_int64s(context, c));
    for (std::int64_t i = 0; i < count; ++i) ys[i] += static_cast<std::uint64_t>(cs[i]);
  }
  return store_int64s(reinterpret_cast<const std::int64_t*>(ys), y);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<GemmParams>(context);
  const TensorView& a = context.input(0);
  VERNIER_ASSIGN(const ResolvedGemm gemm, resolve_gemm(params, a.shape, context.input(1).shape));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, a.dtype, Shape{gemm.m, gemm.n}));
  if (!is_floating(a.dtype) && params.alpha == 1.0F && params.beta == 1.0F) {
    return integer_reference(context, params, gemm, y);
  }
  VERNIER_ASSIGN(const double* ys, gemm_doubles(params, gemm, context));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef gemm_op{
    .domain = "",
    .name = "Gemm",
    .since_version = 7,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = gemm_macs,
};

}  // namespace vernier
