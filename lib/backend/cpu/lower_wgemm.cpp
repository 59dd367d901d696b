#include <algorithm>
#include <array>
#include <cstring>

#include "backend/cpu/kernels/gemm/gemm.h"
#include "backend/cpu/kernels/gemm/select.h"
#include "backend/cpu/kernels/wgemm/select.h"
#include "backend/cpu/kernels/wgemm/wgemm.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/matrix_product.h"
#include "ops/dequant_matmul.h"
#include "ops/matmul_nbits.h"

namespace vernier {
namespace {

// Both operators have A, W, scales and zero points in front.
constexpr std::size_t kA = 0;
constexpr std::size_t kW = 1;
constexpr std::size_t kScale = 2;
constexpr std::size_t kZero = 3;

static_assert(kDequantMatMulUnit % kWeightUnit == 0, "the kernels take what graphs are made of");

/// Up to so many rows read the packed weights; more unpack strips of columns, which costs once what
/// a few rows cost.
constexpr std::int64_t kMostDirectRows = 8;
/// Columns of a strip, so that its floats stay in the L2 cache.
constexpr std::int64_t kStrip = 64;
constexpr std::int64_t kNarrowStrip = 32;
constexpr std::int64_t kWideStripRows = 4096;
/// Strips of few columns are cut into row ranges too, for threads to share.
constexpr std::int64_t kLeastItems = 8;
constexpr std::int64_t kLeastRows = 64;

/// A node of either operator, taken apart.
struct WeightNode {
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t block = 0;
  int bits = 8;
  bool is_nbits = false;
  bool trans_b = false;
  std::size_t bias = 0;      ///< input
  std::size_t residual = 0;  ///< input; beyond the last one: none
  ActivationF32 act{ActivationKind::none, 0, 0};
};

WeightNode take_apart(const Node& node, std::span<const ValueDesc> inputs) {
  WeightNode w;
  if (node.op == &matmul_nbits_op) {
    const auto& params = params_as<MatMulNBitsParams>(node);
    w = {params.n, params.k, params.block_size, params.bits, true, true, 5, inputs.size(), w.act};
    return w;
  }
  const auto& params = params_as<DequantMatMulParams>(node);
  const Shape& shape = inputs[kW].shape;
  w.trans_b = params.trans_b;
  w.k = shape[w.trans_b ? 1 : 0];
  w.n = shape[w.trans_b ? 0 : 1];
  w.block = params.block_size == 0 ? std::max<std::int64_t>(w.k, 1) : params.block_size;
  const bool byte = inputs[kW].dtype == DType::int8 || inputs[kW].dtype == DType::uint8;
  w.bits = byte ? 8 : 4;
  w.bias = 4;
  w.residual = 5;
  w.act = to_kernel_activation(params.activation);
  return w;
}

bool has(std::span<const ValueDesc> inputs, std::size_t i) {
  return i < inputs.size() && inputs[i].present();
}

WeightSource source_of(const WeightNode& w, const Tensor& codes, const Tensor& scales,
                       const Tensor* zeros) {
  WeightSource s{};
  s.codes = codes.data();
  s.scales = scales.data();
  s.zeros = zeros == nullptr ? nullptr : zeros->data();
  const std::int64_t blocks = (w.k + w.block - 1) / w.block;
  if (w.is_nbits) {
    const bool nibbles = w.bits == 4;
    s.code_nibbles = nibbles;
    s.zero_nibbles = nibbles;
    s.code_k = 1;
    s.code_n = blocks * w.block * w.bits / 8;
    s.scale_b = 1;
    s.scale_n = blocks;
    s.zero_b = 1;
    s.zero_n = (blocks * w.bits + 7) / 8;
    s.middle_zero = true;
    return s;
  }
  s.code_signed = codes.dtype() == DType::int8 || codes.dtype() == DType::int4;
  s.code_k = w.trans_b ? 1 : w.n;
  s.code_n = w.trans_b ? w.k : 1;
  const bool one = scales.element_count() == 1;
  const bool one_row = scales.shape().size() < 2;
  s.scale_n = one ? 0 : (one_row ? 1 : (w.trans_b ? blocks : 1));
  s.scale_b = one || one_row ? 0 : (w.trans_b ? 1 : w.n);
  s.zero_n = s.scale_n;
  s.zero_b = s.scale_b;
  return s;
}

class WeightStep final : public Step {
 public:
  WeightStep(const WeightNode& node, const MatrixProduct& product, const WeightKernel& kernel,
             const WeightShape& shape, const LowerOptions& options)
      : node_(node),
        product_(product),
        kernel_(&kernel),
        shape_(shape),
        threads_(options.threads),
        batches_(element_count(product.batch)),
        direct_(product.m <= kMostDirectRows) {
    if (direct_) return;
    strip_ = product.k > kWideStripRows ? kNarrowStrip : kStrip;
    strips_ = (product.n + strip_ - 1) / strip_;
    chunks_ = std::clamp<std::int64_t>((kLeastItems + strips_ - 1) / strips_, 1,
                                       std::max<std::int64_t>(product.m / kLeastRows, 1));
    chunk_rows_ = (product.m + chunks_ - 1) / chunks_;
    chunks_ = (product.m + chunk_rows_ - 1) / chunk_rows_;
    const GemmF32Kernel& gemm = gemm_f32_select(options.isa);
    for (const bool last_chunk : {false, true}) {
      for (const bool last_strip : {false, true}) {
        GemmF32Plan& plan = plan_at(last_chunk, last_strip);
        const std::int64_t rows =
            last_chunk ? product.m - (chunks_ - 1) * chunk_rows_ : chunk_rows_;
        const std::int64_t columns = last_strip ? product.n - (strips_ - 1) * strip_ : strip_;
        plan = gemm_f32_plan(gemm, rows, columns, product.k);
        gemm_bytes_ = std::max(gemm_bytes_, scratch_stride(plan.scratch_bytes));
        strip_bytes_ = std::max(strip_bytes_, scratch_stride(plan.packed_floats * sizeof(float)));
      }
    }
  }

  Result<void> run(const StepArgs& args) const override {
    for (std::int64_t i = 0; i < batches_; ++i) {
      if (direct_) {
        run_direct(args, i);
      } else {
        parallel_for(*args.parallel, strips_ * chunks_,
                     [&](std::int64_t begin, std::int64_t end, int thread) {
                       run_strips(args, i, begin, end, thread);
                     });
      }
    }
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    if (direct_) return row_bytes() + sum_bytes();
    return (gemm_bytes_ + strip_bytes_) * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_->name; }

  std::shared_ptr<const PackedWeight> weight;
  std::shared_ptr<const PackedWeight> bias;

 private:
  [[nodiscard]] GemmF32Plan& plan_at(bool last_chunk, bool last_strip) {
    return plans_[(last_chunk ? 2U : 0U) + (last_strip ? 1U : 0U)];
  }
  [[nodiscard]] const GemmF32Plan& plan_at(bool last_chunk, bool last_strip) const {
    return plans_[(last_chunk ? 2U : 0U) + (last_strip ? 1U : 0U)];
  }
  [[nodiscard]] bool copies_rows() const noexcept { return shape_.padded_k != shape_.k; }
  [[nodiscard]] std::size_t row_bytes() const noexcept {
    if (!copies_rows()) return 0;
    return scratch_stride(static_cast<std::size_t>(product_.m * shape_.padded_k) * sizeof(float));
  }
  [[nodiscard]] std::size_t sum_bytes() const noexcept {
    if (!shape_.zeros) return 0;
    return scratch_stride(static_cast<std::size_t>(product_.m * shape_.blocks) * sizeof(float));
  }
  [[nodiscard]] const float* bias_of(const StepArgs& args) const {
    if (bias) return bias->as<float>();
    return args.inputs.size() > node_.bias ? args.inputs[node_.bias].as<float>() : nullptr;
  }

  void run_direct(const StepArgs& args, std::int64_t batch) const {
    WeightDotArgs dot{};
    dot.shape = &shape_;
    dot.packed = weight->data;
    dot.a = args.inputs[kA].as<float>() + batch_offset(product_.batch, product_.a_batch, batch);
    dot.lda = product_.lda;
    dot.m = product_.m;
    if (shape_.zeros) {
      auto* sums = reinterpret_cast<float*>(args.workspace + row_bytes());
      weight_block_sums(shape_, dot.a, dot.lda, dot.m, sums);
      dot.sums = sums;
    }
    if (copies_rows()) {
      auto* rows = reinterpret_cast<float*>(args.workspace);
      for (std::int64_t row = 0; row < product_.m; ++row) {
        float* to = rows + row * shape_.padded_k;
        std::copy_n(dot.a + row * dot.lda, shape_.k, to);
        std::fill(to + shape_.k, to + shape_.padded_k, 0.0F);
      }
      dot.a = rows;
      dot.lda = shape_.padded_k;
    }
    dot.bias = bias_of(args);
    if (product_.has_residual) {
      dot.residual = args.inputs[node_.residual].as<float>() +
                     batch_offset(product_.batch, product_.r_batch, batch);
      dot.ldr = product_.ldr;
    }
    dot.c = args.outputs[0].as<float>() + batch_offset(product_.batch, product_.c_batch, batch);
    dot.ldc = product_.ldc;
    dot.act = node_.act;
    parallel_for(*args.parallel, weight_groups(*kernel_, shape_),
                 [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                   kernel_->dot(dot, begin, end);
                 });
  }

  /// The columns of one strip as packed B of its plan.
  void unpack(const GemmF32Plan& plan, std::int64_t strip, float* packed) const {
    const std::int64_t lanes = kernel_->lanes;
    for (std::int64_t p = 0; p < plan.panels.count; ++p) {
      const std::int64_t width = plan.panels.width(p);
      const std::int64_t first = plan.panels.column(p);
      for (std::int64_t at = 0; at < width; at += lanes) {
        WeightUnpackArgs unpacked{};
        unpacked.shape = &shape_;
        unpacked.packed = weight->data;
        unpacked.group = (strip * strip_ + first + at) / lanes;
        unpacked.to = packed + first * plan.k + at;
        unpacked.pitch = width;
        unpacked.columns = std::min(lanes, width - at);
        kernel_->unpack(unpacked);
      }
    }
  }

  void run_strips(const StepArgs& args, std::int64_t batch, std::int64_t begin, std::int64_t end,
                  int thread) const {
    std::byte* scratch =
        args.workspace + (gemm_bytes_ + strip_bytes_) * static_cast<std::size_t>(thread);
    auto* packed = reinterpret_cast<float*>(scratch + gemm_bytes_);
    const float* a =
        args.inputs[kA].as<float>() + batch_offset(product_.batch, product_.a_batch, batch);
    float* c = args.outputs[0].as<float>() + batch_offset(product_.batch, product_.c_batch, batch);
    const float* residual = product_.has_residual
                                ? args.inputs[node_.residual].as<float>() +
                                      batch_offset(product_.batch, product_.r_batch, batch)
                                : nullptr;
    const float* biases = bias_of(args);
    std::int64_t unpacked = -1;
    for (std::int64_t item = begin; item < end; ++item) {
      const std::int64_t strip = item / chunks_;
      const std::int64_t chunk = item % chunks_;
      const GemmF32Plan& plan = plan_at(chunk + 1 == chunks_, strip + 1 == strips_);
      if (unpacked != strip) unpack(plan, strip, packed);
      unpacked = strip;
      const std::int64_t column = strip * strip_;
      const std::int64_t row = chunk * chunk_rows_;
      GemmF32Args gemm{};
      gemm.a = a + row * product_.lda;
      gemm.lda = product_.lda;
      gemm.packed_b = packed;
      gemm.bias = biases == nullptr ? nullptr : biases + column;
      if (residual != nullptr) gemm.residual = residual + row * product_.ldr + column;
      gemm.ldr = product_.ldr;
      gemm.c = c + row * product_.ldc + column;
      gemm.ldc = product_.ldc;
      gemm.act = node_.act;
      gemm_f32_run(plan, gemm, 0, plan.items, scratch);
    }
  }

  WeightNode node_;
  MatrixProduct product_;
  const WeightKernel* kernel_;
  WeightShape shape_;
  int threads_;
  std::int64_t batches_;
  bool direct_;
  std::int64_t strip_ = 0;
  std::int64_t strips_ = 0;
  std::int64_t chunks_ = 0;
  std::int64_t chunk_rows_ = 0;
  std::array<GemmF32Plan, 4> plans_{};
  std::size_t gemm_bytes_ = 0;
  std::size_t strip_bytes_ = 0;
};

Support wgemm_supports(const Node& node, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> outputs) {
  if (inputs[kA].dtype != DType::float32) return Support::no("only fp32");
  if (inputs[kA].shape.size() < 2) return Support::no("an operand is a vector");
  if (element_count(outputs[0].shape) == 0 || element_count(inputs[kA].shape) == 0) {
    return Support::no("empty tensor");
  }
  for (const std::size_t i : {kW, kScale, kZero}) {
    if (has(inputs, i) && inputs[i].constant == nullptr) {
      return Support::no("weight, scales or zero points are not constant");
    }
  }
  const WeightNode w = take_apart(node, inputs);
  if (w.block < w.k && w.block % kWeightUnit != 0) {
    return Support::no("blocks are no multiple of " + std::to_string(kWeightUnit));
  }
  return Support::yes("wgemm");
}

NodeLayout wgemm_layout(const Node& node, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> /*outputs*/,
                        std::span<const Layout> /*current*/) {
  const WeightNode w = take_apart(node, inputs);
  NodeLayout layout;
  layout.inputs.assign(inputs.size(), Layout::any);
  layout.inputs[kA] = Layout::inner_dense;
  if (w.bias < inputs.size()) layout.inputs[w.bias] = Layout::dense;
  if (w.residual < inputs.size()) layout.inputs[w.residual] = Layout::inner_dense;
  return layout;
}

std::string pack_key(const WeightKernel& kernel, const WeightShape& shape, const WeightSource& s,
                     const Tensor& scales, const Tensor& zeros) {
  std::string key = kernel.name;
  for (const std::int64_t part :
       {std::int64_t{shape.n}, std::int64_t{shape.k}, std::int64_t{shape.block},
        std::int64_t{shape.bits}, std::int64_t{shape.zeros}, std::int64_t{s.code_k},
        std::int64_t{s.code_n}, static_cast<std::int64_t>(scales.content_id()),
        zeros.defined() ? static_cast<std::int64_t>(zeros.content_id()) : 0}) {
    key += "/" + std::to_string(part);
  }
  return key;
}

Result<LoweredNode> wgemm_lower(const Node& node, std::span<const ValueDesc> inputs,
                                std::span<const ValueDesc> outputs, const LowerOptions& options,
                                WeightStore& weights) {
  const WeightNode w = take_apart(node, inputs);
  const ValueDesc matrix{DType::float32, Shape{w.k, w.n}, dense_strides(Shape{w.k, w.n}), nullptr};
  const ValueDesc* residual = has(inputs, w.residual) ? &inputs[w.residual] : nullptr;
  const MatrixProduct product =
      describe_matrix_product(inputs[kA], matrix, false, residual, outputs[0]);
  const WeightKernel& kernel = wgemm_select(options.isa);
  WeightShape shape = weight_shape(w.n, w.k, w.block, w.bits, false);
  const Tensor& codes = *inputs[kW].constant;
  const Tensor scales = *inputs[kScale].constant;
  const Tensor zeros = has(inputs, kZero) ? *inputs[kZero].constant : Tensor{};
  const WeightSource source = source_of(w, codes, scales, zeros.defined() ? &zeros : nullptr);
  shape.zeros = weight_has_zeros(shape, source);
  auto step = std::make_unique<WeightStep>(w, product, kernel, shape, options);
  step->weight = weights.request(
      codes, pack_key(kernel, shape, source, scales, zeros), weight_packed_bytes(kernel, shape),
      [w, &kernel, shape, scales, zeros](const Tensor& from, std::byte* to) {
        weight_pack(kernel, shape, source_of(w, from, scales, zeros.defined() ? &zeros : nullptr),
                    to);
      });
  LoweredNode lowered;
  lowered.packed_inputs.resize(inputs.size(), false);
  for (const std::size_t i : {kW, kScale, kZero}) {
    if (i < inputs.size()) lowered.packed_inputs[i] = true;
  }
  if (has(inputs, w.bias) && inputs[w.bias].constant != nullptr) {
    step->bias = request_dense_f32(*inputs[w.bias].constant, weights);
    lowered.packed_inputs[w.bias] = true;
  }
  lowered.step = std::move(step);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"com.microsoft", "MatMulNBits", wgemm_supports, wgemm_layout, wgemm_lower},
    {"vernier", "DequantMatMul", wgemm_supports, wgemm_layout, wgemm_lower},
};

}  // namespace

std::span<const CpuRow> wgemm_rows() { return kRows; }

}  // namespace vernier
