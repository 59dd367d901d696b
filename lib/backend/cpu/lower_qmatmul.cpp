#include "backend/cpu/kernels/qgemm/qgemm.h"
#include "backend/cpu/kernels/qgemm/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_common.h"
#include "backend/cpu/lower_quant.h"
#include "backend/cpu/matrix_product.h"
#include "ops/qmatmul.h"

namespace vernier {
namespace {

class QMatMulStep final : public Step {
 public:
  QMatMulStep(const QGemmPlan& plan, const MatrixProduct& product, int threads, const QuantSum& sum,
              std::span<const ValueDesc> inputs, const DType output)
      : plan_(plan),
        product_(product),
        threads_(threads),
        c_bytes_(static_cast<std::int64_t>(dtype_size(output))),
        batches_(element_count(product.batch)),
        table_(byte_lookup(inputs, kQuantTable)) {
    epilogue_ = to_epilogue(sum, inputs, table_.data());
  }

  Result<void> run(const StepArgs& args) const override {
    if (weight || batches_ == 1) {
      const std::byte* packed = weight ? weight->data : pack(args, 0, 0);
      for (std::int64_t i = 0; i < batches_; ++i) {
        const QGemmArgs gemm = arguments(args, i, packed);
        parallel_for(*args.parallel, plan_.items,
                     [&](std::int64_t begin, std::int64_t end, int thread) {
                       qgemm_run(plan_, gemm, begin, end, scratch(args, thread));
                     });
      }
      return {};
    }
    parallel_for(*args.parallel, batches_, [&](std::int64_t begin, std::int64_t end, int thread) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::byte* packed = pack(args, i, thread);
        qgemm_run(plan_, arguments(args, i, packed), 0, plan_.items, scratch(args, thread));
      }
    });
    return {};
  }
  [[nodiscard]] std::size_t workspace_bytes() const noexcept override {
    return per_thread() * static_cast<std::size_t>(threads_);
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return plan_.kernel->name; }

  std::shared_ptr<const PackedWeight> weight;  ///< null: B is packed in every run
  std::shared_ptr<const QuantChannels> channels;

 private:
  [[nodiscard]] std::size_t per_thread() const noexcept {
    std::size_t bytes = scratch_stride(plan_.scratch_bytes);
    if (!weight) bytes += scratch_stride(plan_.packed_bytes);
    return bytes;
  }
  [[nodiscard]] std::byte* scratch(const StepArgs& args, int thread) const {
    return args.workspace + per_thread() * static_cast<std::size_t>(thread);
  }
  const std::byte* pack(const StepArgs& args, std::int64_t batch, int thread) const {
    std::byte* packed = scratch(args, thread) + scratch_stride(plan_.scratch_bytes);
    const std::byte* b =
        args.inputs[kQuantW].data + batch_offset(product_.batch, product_.b_batch, batch);
    qgemm_pack_b(plan_, b, product_.b_row, product_.b_col, channels->view(), packed);
    return packed;
  }
  [[nodiscard]] QGemmArgs arguments(const StepArgs& args, std::int64_t i,
                                    const std::byte* packed) const {
    QGemmArgs gemm{};
    gemm.a = args.inputs[kQuantX].data + batch_offset(product_.batch, product_.a_batch, i);
    gemm.lda = product_.lda;
    gemm.packed_b = packed;
    if (product_.has_residual) {
      gemm.residual =
          args.inputs[kQuantResidual].data + batch_offset(product_.batch, product_.r_batch, i);
      gemm.ldr = product_.ldr;
    }
    gemm.c = args.outputs[0].data + batch_offset(product_.batch, product_.c_batch, i) * c_bytes_;
    gemm.ldc = product_.ldc;
    gemm.epilogue = epilogue_;
    return gemm;
  }

  QGemmPlan plan_;
  MatrixProduct product_;
  int threads_;
  std::int64_t c_bytes_;
  std::int64_t batches_;
  ByteLookup table_;
  QEpilogue epilogue_{};
};

Support qmatmul_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                         std::span<const ValueDesc> outputs) {
  if (inputs[kQuantX].shape.size() < 2) return Support::no("an operand is a vector");
  if (element_count(outputs[0].shape) == 0 || element_count(inputs[kQuantX].shape) == 0) {
    return Support::no("empty tensor");
  }
  if (auto why = quant_sum_refusal(inputs, inputs[kQuantX].shape.back()); !why.empty()) {
    return Support::no(std::move(why));
  }
  return Support::yes("qgemm");
}

NodeLayout qmatmul_layout(const Node& /*node*/, std::span<const ValueDesc> inputs,
                          std::span<const ValueDesc> /*outputs*/,
                          std::span<const Layout> /*current*/) {
  NodeLayout layout;
  layout.inputs.assign(inputs.size(), Layout::any);
  layout.inputs[kQuantX] = Layout::inner_dense;
  if (inputs.size() > kQuantResidual) layout.inputs[kQuantResidual] = Layout::inner_dense;
  return layout;
}

Result<LoweredNode> qmatmul_lower(const Node& node, std::span<const ValueDesc> inputs,
                                  std::span<const ValueDesc> outputs, const LowerOptions& options,
                                  WeightStore& weights) {
  const QuantSum& sum = params_as<QMatMulParams>(node).sum;
  const ValueDesc* residual =
      has_operand(inputs, kQuantResidual) ? &inputs[kQuantResidual] : nullptr;
  const MatrixProduct product =
      describe_matrix_product(inputs[kQuantX], inputs[kQuantW], false, residual, outputs[0]);
  const QFormat format{is_signed_byte(inputs[kQuantX].dtype), sum.x_zero,
                       is_signed_byte(inputs[kQuantW].dtype), has_operand(inputs, kQuantWZero)};
  const QGemmPlan plan =
      qgemm_plan(choose_qgemm(options, format), format, product.m, product.n, product.k);
  auto step =
      std::make_unique<QMatMulStep>(plan, product, options.threads, sum, inputs, outputs[0].dtype);
  step->channels = quant_channels(inputs);
  LoweredNode lowered;
  lowered.packed_inputs = packed_quant_inputs(inputs);
  lowered.packed_inputs[kQuantW] = false;
  if (inputs[kQuantW].constant != nullptr && !varies_over_batch(product)) {
    // The strides alone do not tell [K, 1] from a transposed [1, K].
    std::string key = plan.kernel->name + step->channels->key;
    for (const std::int64_t part : {product.k, product.n, product.b_row, product.b_col,
                                    static_cast<std::int64_t>(format.x_zero)}) {
      key += "/" + std::to_string(part);
    }
    const std::int64_t row = product.b_row;
    const std::int64_t col = product.b_col;
    step->weight = weights.request(
        *inputs[kQuantW].constant, key, plan.packed_bytes,
        [plan, row, col, channels = step->channels](const Tensor& from, std::byte* to) {
          qgemm_pack_b(plan, from.data(), row, col, channels->view(), to);
        });
    lowered.packed_inputs[kQuantW] = true;
  }
  lowered.step = std::move(step);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"vernier", "QMatMul", qmatmul_supports, qmatmul_layout, qmatmul_lower}};

}  // namespace

std::span<const CpuRow> qmatmul_rows() { return kRows; }

}  // namespace vernier
