#include "ops/matmul.h"

#include <memory>

#include "base/saturating.h"
#include "ops/dense.h"
#include "ops/type_check.h"
#include "tensor/strided.h"

namespace vernier {
namespace {

constexpr DType kTypes[] = {DType::float16, DType::bfloat16, DType::float32, DType::float64,
                            DType::int32,   DType::int64,    DType::uint32,  DType::uint64};

template <class T>
void matmul_batches(const ResolvedMatMul& mm, const T* a, const T* b, T* c) {
  std::int64_t at = 0;
  for_each_offset<2>(mm.batch, {mm.a_batch, mm.b_batch}, [&](const auto& offsets) {
    matmul_dense(a + offsets[0], b + offsets[1], c + at, mm.m, mm.n, mm.k);
    at += mm.m * mm.n;
  });
}

}  // namespace

Result<ValueType> infer_matmul_type(const ValueType& a, const ValueType& b) {
  VERNIER_TRY(check_rank(a, 1, kMaxRank, "left operand"));
  VERNIER_TRY(check_rank(b, 1, kMaxRank, "right operand"));
  ValueType y = ValueType::of(a.dtype);
  if (!a.ranked || !b.ranked) return y;
  std::vector<Dim> left = a.dims;
  std::vector<Dim> right = b.dims;
  if (a.rank() == 1) left.insert(left.begin(), Dim::known(1));
  if (b.rank() == 1) right.push_back(Dim::known(1));
  const Dim& inner_left = left.back();
  const Dim& inner_right = right[right.size() - 2];
  if (dims_differ(inner_left, inner_right)) {
    return invalid_model("inner dims " + std::to_string(inner_left.value) + " and " +
                             std::to_string(inner_right.value) + " differ",
                         "E-MODEL-SHAPE");
  }
  const std::span<const Dim> left_batch(left.data(), left.size() - 2);
  const std::span<const Dim> right_batch(right.data(), right.size() - 2);
  VERNIER_ASSIGN(y.dims, broadcast_dim_lists(left_batch, right_batch));
  if (a.rank() > 1) y.dims.push_back(left[left.size() - 2]);
  if (b.rank() > 1) y.dims.push_back(right.back());
  y.ranked = true;
  return y;
}

Result<ResolvedMatMul> resolve_matmul(const Shape& a, const Shape& b) {
  if (a.empty() || b.empty()) {
    return invalid_model("an operand is a scalar", "E-MODEL-SHAPE");
  }
  ResolvedMatMul mm;
  const std::int64_t inner = b.size() == 1 ? b[0] : b[b.size() - 2];
  mm.k = a.back();
  mm.m = a.size() == 1 ? 1 : a[a.size() - 2];
  mm.n = b.size() == 1 ? 1 : b.back();
  if (inner != mm.k) {
    return invalid_model(
        "inner dims " + std::to_string(mm.k) + " and " + std::to_string(inner) + " differ",
        "E-MODEL-SHAPE");
  }
  const auto batch_of = [](const Shape& shape) {
    return shape.size() <= 2 ? Shape{} : Shape(shape.span().first(shape.size() - 2));
  };
  const Shape a_batch = batch_of(a);
  const Shape b_batch = batch_of(b);
  VERNIER_ASSIGN(mm.batch, broadcast_shape_pair(a_batch, b_batch));
  const auto strides_of = [&](const Shape& batch, std::int64_t matrix) {
    Strides strides = dense_strides(batch);
    for (std::int64_t& stride : strides) stride *= matrix;
    return broadcast_strides(batch, strides, mm.batch);
  };
  mm.a_batch = strides_of(a_batch, mm.m * mm.k);
  mm.b_batch = strides_of(b_batch, mm.k * mm.n);
  mm.output = mm.batch;
  if (a.size() > 1) mm.output.push_back(mm.m);
  if (b.size() > 1) mm.output.push_back(mm.n);
  if (!checked_byte_count(DType::float64, mm.output.span())) {
    return limit_error("output of shape " + to_string(mm.output) + " is too large",
                       "E-LIMIT-TENSOR");
  }
  return mm;
}

void matmul_doubles(const ResolvedMatMul& mm, const double* a, const double* b, double* c) {
  matmul_batches(mm, a, b, c);
}

void matmul_int64s(const ResolvedMatMul& mm, const std::int64_t* a, const std::int64_t* b,
                   std::int64_t* c) {
  matmul_batches(mm, reinterpret_cast<const std::uint64_t*>(a),
                 reinterpret_cast<const std::uint64_t*>(b), reinterpret_cast<std::uint64_t*>(c));
}

Result<void> add_row_bias(EvalContext& context, const TensorView& bias, const ResolvedMatMul& mm,
                          double* values) {
  if (bias.rank() != 1 || mm.output.empty() || bias.shape[0] != mm.output.back()) {
    return invalid_model(
        "bias is " + describe(bias) + ", but the output is " + to_string(mm.output),
        "E-MODEL-SHAPE");
  }
  VERNIER_ASSIGN(const double* row, dense_doubles(context, bias));
  const std::int64_t count = element_count(mm.output);
  for (std::int64_t i = 0; i < count; ++i) values[i] += row[i % bias.shape[0]];
  return {};
}

std::int64_t matmul_macs(const OpParams&, std::span<const Shape> inputs,
                         std::span<const Shape> outputs) {
  return inputs[0].empty() ? 0 : saturating_mul(element_count(outputs[0]), inputs[0].back());
}

namespace {

Result<Params> parse(AttrReader&, int) { return Params(std::make_shared<NoParams>()); }

Result<void> infer(InferContext& context) {
  const ValueType& a = context.input(0);
  const ValueType& b = context.input(1);
  VERNIER_TRY(check_dtype(a, kTypes, "left operand"));
  VERNIER_TRY(check_same_dtype(a, "left operand", b, "right operand"));
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(a, b));
  context.set_output(0, std::move(y));
  return {};
}

Result<void> reference(EvalContext& context) {
  const TensorView& a = context.input(0);
  const TensorView& b = context.input(1);
  VERNIER_ASSIGN(const ResolvedMatMul mm, resolve_matmul(a.shape, b.shape));
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, a.dtype, mm.output));
  const std::int64_t count = element_count(mm.output);
  if (is_floating(a.dtype)) {
    VERNIER_ASSIGN(const double* as, dense_doubles(context, a));
    VERNIER_ASSIGN(const double* bs, dense_doubles(context, b));
    VERNIER_ASSIGN(double* ys, scratch_array<double>(context, count));
    matmul_doubles(mm, as, bs, ys);
    return store_doubles(ys, y);
  }
  VERNIER_ASSIGN(const std::int64_t* as, dense_int64s(context, a));
  VERNIER_ASSIGN(const std::int64_t* bs, dense_int64s(context, b));
  VERNIER_ASSIGN(std::int64_t * ys, scratch_array<std::int64_t>(context, count));
  matmul_int64s(mm, as, bs, ys);
  return store_int64s(ys, y);
}

}  // namespace

const OpDef matmul_op{
    .domain = "",
    .name = "MatMul",
    .since_version = 1,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
