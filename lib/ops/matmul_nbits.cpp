#include "ops/matmul_nbits.h"

#include <limits>
#include <memory>

#include "ops/dense.h"
#include "ops/matmul.h"
#include "ops/shapes.h"

namespace vernier {
namespace {

constexpr std::size_t kB = 1;
constexpr std::size_t kScales = 2;
constexpr std::size_t kZeros = 3;
constexpr std::size_t kGroupIndex = 4;
constexpr std::size_t kBias = 5;

Result<Params> parse(AttrReader& attributes, int) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  auto params = std::make_shared<MatMulNBitsParams>();
  VERNIER_ASSIGN(params->k, attributes.get_int_in("K", 0, 1, kMost));
  VERNIER_ASSIGN(params->n, attributes.get_int_in("N", 0, 1, kMost));
  VERNIER_ASSIGN(const std::int64_t bits, attributes.get_int("bits", 4));
  VERNIER_ASSIGN(params->block_size, attributes.get_int("block_size", 0));
  if (bits != 4 && bits != 8) {
    return unsupported("bits = " + std::to_string(bits) + " (4 and 8 are)", "E-UNSUPPORTED-ATTR");
  }
  params->bits = static_cast<int>(bits);
  const std::int64_t block = params->block_size;
  if (block < 16 || block > kMost || (block & (block - 1)) != 0) {
    return attr_error("block_size is " + std::to_string(block) +
                      ", not a power of two of at least 16");
  }
  if (params->k == 0 || params->n == 0) return attr_error("K or N is missing");
  // Which precision a product may be computed in; ours is exact.
  attributes.ignore("accuracy_level");
  return Params(std::move(params));
}

Result<void> check_count(const Shape& shape, std::int64_t count, const char* what) {
  if (element_count(shape) == count) return {};
  return shape_error(std::string(what) + " has shape " + to_string(shape) + ", expected " +
                     std::to_string(count) + " elements");
}
Result<void> check_count(const TensorView& view, std::int64_t count, const char* what) {
  return check_count(view.shape, count, what);
}
Result<void> check_count(const ValueType& type, std::int64_t count, const char* what) {
  const auto shape = type.shape();
  return shape ? check_count(*shape, count, what) : Result<void>{};
}

Result<void> infer(InferContext& context) {
  const auto& params = params_as<MatMulNBitsParams>(context);
  const ValueType& a = context.input(0);
  VERNIER_TRY(check_float(a, "A"));
  VERNIER_TRY(check_dtype(context, kB, dtype_set(DType::uint8)));
  VERNIER_TRY(check_same_dtype(a, "A", context.input(kScales), "scales"));
  if (context.has_input(kGroupIndex)) {
    return unsupported("MatMulNBits with g_idx", "E-UNSUPPORTED-INPUT");
  }
  VERNIER_TRY(
      check_count(context.input(kB), params.n * params.blocks() * params.blob_bytes(), "B"));
  VERNIER_TRY(check_count(context.input(kScales), params.n * params.blocks(), "scales"));
  if (context.has_input(kZeros)) {
    const DType dtype = context.input(kZeros).dtype;
    if (dtype != DType::undefined && dtype != DType::uint8) {
      return unsupported("MatMulNBits with zero points of type " + std::string(dtype_name(dtype)),
                         "E-UNSUPPORTED-DTYPE");
    }
    VERNIER_TRY(check_count(context.input(kZeros), params.n * params.zero_bytes(), "zero_points"));
  }
  if (context.has_input(kBias)) {
    VERNIER_TRY(check_same_dtype(a, "A", context.input(kBias), "bias"));
    VERNIER_TRY(check_rank(context, kBias, 1));
    VERNIER_TRY(check_count(context.input(kBias), params.n, "bias"));
  }
  VERNIER_ASSIGN(ValueType y, infer_matmul_type(a, ValueType::of(a.dtype, {params.k, params.n})));
  context.set_output(0, std::move(y));
  return {};
}

std::int64_t unpacked(const std::uint8_t* row, std::int64_t i, int bits) {
  if (bits == 8) return row[i];
  return i % 2 == 0 ? row[i / 2] & 15 : row[i / 2] >> 4;
}

/// Bytes of a uint8 input in row-major order, in scratch. Error E-MODEL-SHAPE for another count.
Result<const std::uint8_t*> bytes_of(EvalContext& context, std::size_t i, std::int64_t count) {
  const TensorView& view = context.input(i);
  VERNIER_TRY(check_count(view, count, i == kB ? "B" : "zero_points"));
  VERNIER_ASSIGN(std::byte* const bytes, context.scratch(static_cast<std::size_t>(count)));
  copy_elements(view, {bytes, DType::uint8, view.shape, dense_strides(view.shape)});
  return reinterpret_cast<const std::uint8_t*>(bytes);
}

Result<void> reference(EvalContext& context) {
  const auto& params = params_as<MatMulNBitsParams>(context);
  const TensorView& a = context.input(0);
  VERNIER_ASSIGN(const ResolvedMatMul mm, resolve_matmul(a.shape, Shape{params.k, params.n}));
  const std::int64_t blocks = params.blocks();
  const std::int64_t row_bytes = blocks * params.blob_bytes();
  VERNIER_ASSIGN(const std::uint8_t* codes, bytes_of(context, kB, params.n * row_bytes));
  const std::uint8_t* zeros = nullptr;
  if (context.has_input(kZeros)) {
    VERNIER_ASSIGN(zeros, bytes_of(context, kZeros, params.n * params.zero_bytes()));
  }
  VERNIER_TRY(check_count(context.input(kScales), params.n * blocks, "scales"));
  VERNIER_ASSIGN(const double* scales, dense_doubles(context, context.input(kScales)));
  VERNIER_ASSIGN(double* ws, scratch_array<double>(context, params.k * params.n));
  for (std::int64_t n = 0; n < params.n; ++n) {
    for (std::int64_t k = 0; k < params.k; ++k) {
      const std::int64_t b = k / params.block_size;
      const std::int64_t zero = zeros == nullptr
                                    ? std::int64_t{1} << (params.bits - 1)
                                    : unpacked(zeros + n * params.zero_bytes(), b, params.bits);
      const std::int64_t code = unpacked(codes + n * row_bytes, k, params.bits);
      ws[k * params.n + n] = static_cast<double>(code - zero) * scales[n * blocks + b];
    }
  }
  VERNIER_ASSIGN(const double* as, dense_doubles(context, a));
  VERNIER_ASSIGN(double* ys, scratch_array<double>(context, element_count(mm.output)));
  matmul_doubles(mm, as, ws, ys);
  if (context.has_input(kBias)) {
    VERNIER_TRY(add_row_bias(context, context.input(kBias), mm, ys));
  }
  VERNIER_ASSIGN(const MutTensorView y, context.output(0, a.dtype, mm.output));
  return store_doubles(ys, y);
}

}  // namespace

const OpDef matmul_nbits_op{
    .domain = "com.microsoft",
    .name = "MatMulNBits",
    .since_version = 1,
    .inputs = {3, 6},
    .outputs = {1, 1},
    .traits = {},
    .parse = parse,
    .infer = infer,
    .reference = reference,
    .macs = matmul_macs,
};

}  // namespace vernier
