#include <bit>

#include "backend/cpu/kernels/gemm/gemm.h"
#include "backend/cpu/kernels/gemm/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/matrix_product.h"
#include "ops/fused_gemm.h"
#include "ops/fused_matmul.h"
#include "ops/gemm.h"
#include "ops/matmul.h"

namespace vernier {
namespace {

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::size_t kC = 2;
constexpr std::size_t kResidual = 3;

/// What stands behind the product.
struct Product : MatrixProduct {
  std::size_t residual_input = kResidual;
};

class GemmStep final : public Step {
 public:
  GemmStep(const GemmF32Plan& plan, const Product& product, int threads, ActivationF32 act)
      : plan_(plan), product_(product), threads_(threads), act_(act) {
    batches_ = element_count(product.batch);
  }

  Result<void> run(const StepArgs& args) const override {
    if (weight || batches_ == 1) {
      const float* packed = weight ? weight->as<float>() : pack_in_parallel(args);
      for (std::int64_t i = 0; i < batches_; ++i) {
        const GemmF32Args gemm = arguments(args, i, packed);
        parallel_for(*args.parallel, plan_.items,
                     [&](std::int64_t begin, std::int64_t end, int thread) {
                       gemm_f32_run(plan_, gemm, begin, end, scratch(args, thread));
                     });
      }
      return {};
    }
    parallel_for(*args.parallel, batches_, [&](std::int64_t begin, std::int64_t end, int thread) {
      auto* packed =
          reinterpret_cast<float*>(scratch(args, thread) + scratch_stride(plan_.scratch_bytes));
      for (std::int64_t i = begin; i < end; ++i) {
        const float* b =
            args.inputs[kB].as<float>() + batch_offset(product_.batch, product_.b_batch, i);
        gemm_f32_pack_b(plan_, b, product_.b_row, product_.b_col, 0, plan_.panels.count, packed);
        gemm_f32_run(plan_, arguments(args, i, packed), 0, plan_.items, scratch(args, thread));
      }
    });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return per_thread() * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return plan_.kernel->name; }

  std::shared_ptr<const PackedWeight> weight;  ///< null: B is packed in every run
  std::shared_ptr<const PackedWeight> bias;

 private:
  [[nodiscard]] std::size_t per_thread() const noexcept {
    std::size_t bytes = scratch_stride(plan_.scratch_bytes);
    if (!weight) bytes += scratch_stride(plan_.packed_floats * sizeof(float));
    return bytes;
  }
  [[nodiscard]] std::byte* scratch(const StepArgs& args, int thread) const {
    return args.workspace + per_thread() * static_cast<std::size_t>(thread);
  }
  const float* pack_in_parallel(const StepArgs& args) const {
    auto* packed = reinterpret_cast<float*>(scratch(args, 0) + scratch_stride(plan_.scratch_bytes));
    const float* b = args.inputs[kB].as<float>();
    parallel_for(*args.parallel, plan_.panels.count,
                 [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
                   gemm_f32_pack_b(plan_, b, product_.b_row, product_.b_col, begin, end, packed);
                 });
    return packed;
  }
  [[nodiscard]] GemmF32Args arguments(const StepArgs& args, std::int64_t i,
                                      const float* packed) const {
    GemmF32Args gemm{};
    gemm.a = args.inputs[kA].as<float>() + batch_offset(product_.batch, product_.a_batch, i);
    gemm.lda = product_.lda;
    gemm.packed_b = packed;
    if (bias) {
      gemm.bias = bias->as<float>();
    } else if (args.inputs.size() > kC && product_.residual_input != kC) {
      gemm.bias = args.inputs[kC].as<float>();
    }
    if (product_.has_residual) {
      gemm.residual = args.inputs[product_.residual_input].as<float>() +
                      batch_offset(product_.batch, product_.r_batch, i);
      gemm.ldr = product_.ldr;
    }
    gemm.c = args.outputs[0].as<float>() + batch_offset(product_.batch, product_.c_batch, i);
    gemm.ldc = product_.ldc;
    gemm.act = act_;
    return gemm;
  }

  GemmF32Plan plan_;
  Product product_;
  int threads_;
  ActivationF32 act_;
  std::int64_t batches_ = 1;
};

bool is_gemm(const Node& node) { return node.op == &gemm_op || node.op == &fused_gemm_op; }

/// Gemm's C as a vector over n: [N], [1, N]; a constant of one element serves too.
bool is_row_bias(const ValueDesc& c, std::int64_t n) {
  return element_count(c.shape) == n && (c.shape.empty() || c.shape.back() == n);
}

Support gemm_supports(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs) {
  for (const ValueDesc& input : inputs) {
    if (input.present() && input.dtype != DType::float32) return Support::no("only fp32");
  }
  if (element_count(outputs[0].shape) == 0 || element_count(inputs[kA].shape) == 0) {
    return Support::no("empty tensor");
  }
  if (!is_gemm(node)) {
    if (inputs[kA].shape.size() < 2 || inputs[kB].shape.size() < 2) {
      return Support::no("an operand is a vector");
    }
    return Support::yes("gemm_f32");
  }
  const auto& params = params_as<GemmParams>(node);
  if (params.trans_a) return Support::no("A is transposed");
  if (params.alpha != 1.0F && inputs[kB].constant == nullptr) {
    return Support::no("alpha scales a B that is not constant");
  }
  if (inputs.size() > kC && inputs[kC].present()) {
    const std::int64_t n = outputs[0].shape[1];
    const bool as_bias = is_row_bias(inputs[kC], n);
    const bool has_residual = inputs.size() > kResidual && inputs[kResidual].present();
    const bool as_residual = inputs[kC].shape == outputs[0].shape && !has_residual;
    if (!as_bias && !as_residual) return Support::no("C is broadcast over columns");
    if (params.beta != 1.0F && (!as_bias || inputs[kC].constant == nullptr)) {
      return Support::no("beta scales a C that is not constant");
    }
  }
  return Support::yes("gemm_f32");
}

NodeLayout gemm_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> /*outputs*/,
                       std::span<const Layout> /*current*/) {
  NodeLayout layout;
  layout.inputs = {Layout::inner_dense, Layout::any, Layout::inner_dense, Layout::inner_dense};
  layout.inputs.resize(std::min<std::size_t>(layout.inputs.size(), inputs.size()));
  return layout;
}

Product describe_product(const Node& node, std::span<const ValueDesc> inputs,
                         const ValueDesc& output) {
  const bool transposed = is_gemm(node) && params_as<GemmParams>(node).trans_b;
  const ValueDesc* residual = nullptr;
  std::size_t at = kResidual;
  if (inputs.size() > kResidual && inputs[kResidual].present()) residual = &inputs[kResidual];
  if (is_gemm(node) && inputs.size() > kC && inputs[kC].present() &&
      !is_row_bias(inputs[kC], output.shape.back())) {
    residual = &inputs[kC];
    at = kC;
  }
  return {describe_matrix_product(inputs[kA], inputs[kB], transposed, residual, output), at};
}

/// The exact value, for keys of packed weights (std::to_string keeps six decimals).
std::string bits_of(float value) { return std::to_string(std::bit_cast<std::uint32_t>(value)); }

std::shared_ptr<const PackedWeight> request_scaled(const Tensor& source, float scale,
                                                   WeightStore& weights) {
  if (scale == 1.0F) return request_dense_f32(source, weights);
  return weights.request(source, "scaled_f32/" + bits_of(scale), source.byte_count(),
                         [scale](const Tensor& from, std::byte* destination) {
                           auto* to = reinterpret_cast<float*>(destination);
                           for (const float v : from.span<float>()) *to++ = scale * v;
                         });
}

Result<LoweredNode> gemm_lower(const Node& node, std::span<const ValueDesc> inputs,
                               std::span<const ValueDesc> outputs, const LowerOptions& options,
                               WeightStore& weights) {
  const Product product = describe_product(node, inputs, outputs[0]);
  ActivationF32 act{ActivationKind::none, 0, 0};
  float alpha = 1.0F;
  float beta = 1.0F;
  if (is_gemm(node)) {
    alpha = params_as<GemmParams>(node).alpha;
    beta = params_as<GemmParams>(node).beta;
  }
  if (node.op == &fused_gemm_op) {
    act = to_kernel_activation(params_as<FusedGemmParams>(node).activation);
  } else if (node.op == &fused_matmul_op) {
    act = to_kernel_activation(params_as<FusedMatMulParams>(node).activation);
  }
  const GemmF32Plan plan =
      gemm_f32_plan(gemm_f32_select(options.isa), product.m, product.n, product.k);
  auto step = std::make_unique<GemmStep>(plan, product, options.threads, act);
  LoweredNode lowered;
  lowered.packed_inputs.resize(inputs.size(), false);
  if (inputs[kB].constant != nullptr && !varies_over_batch(product)) {
    // The strides alone do not tell [K, 1] from a transposed [1, K].
    std::string key = plan.kernel->name;
    for (const std::int64_t part : {product.k, product.n, product.b_row, product.b_col}) {
      key += "/" + std::to_string(part);
    }
    key += "/" + bits_of(alpha);
    const std::int64_t row = product.b_row;
    const std::int64_t col = product.b_col;
    step->weight = weights.request(
        *inputs[kB].constant, key, plan.packed_floats * sizeof(float),
        [plan, row, col, alpha](const Tensor& from, std::byte* destination) {
          auto* packed = reinterpret_cast<float*>(destination);
          gemm_f32_pack_b(plan, from.as<float>(), row, col, 0, plan.panels.count, packed);
          if (alpha == 1.0F) return;
          for (std::size_t i = 0; i < plan.packed_floats; ++i) packed[i] *= alpha;
        });
    lowered.packed_inputs[kB] = true;
  }
  if (inputs.size() > kC && inputs[kC].constant != nullptr && product.residual_input != kC) {
    step->bias = request_scaled(*inputs[kC].constant, beta, weights);
    lowered.packed_inputs[kC] = true;
  }
  lowered.step = std::move(step);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"", "Gemm", gemm_supports, gemm_layout, gemm_lower},
    {"", "MatMul", gemm_supports, gemm_layout, gemm_lower},
    {"vernier", "FusedGemm", gemm_supports, gemm_layout, gemm_lower},
    {"vernier", "FusedMatMul", gemm_supports, gemm_layout, gemm_lower},
};

}  // namespace

std::span<const CpuRow> gemm_rows() { return kRows; }

}  // namespace vernier
