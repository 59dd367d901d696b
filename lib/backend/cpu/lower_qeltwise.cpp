#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "backend/cpu/kernels/qeltwise/qeltwise.h"
#include "backend/cpu/kernels/qeltwise/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_quant.h"
#include "backend/cpu/lower_walk.h"
#include "ops/qadd.h"
#include "ops/qmul.h"
#include "ops/quantization.h"

namespace vernier {
namespace {

constexpr std::size_t kBinaryTable = 2;

/// Rows of a walk over output and operands; strides[0] is the output's.
template <std::size_t N>
RowWalk<N> make_walk(const ValueDesc& output, std::span<const ValueDesc> operands) {
  std::array<Strides, N> strides;
  strides[0] = output.strides;
  for (std::size_t k = 1; k < N; ++k) {
    strides[k] = broadcast_strides(operands[k - 1].shape, operands[k - 1].strides, output.shape);
  }
  LoopNest<N> nest = make_nest(output.shape, strides);
  loop_nest_normalize(nest);
  return row_walk(nest, kItemElements);
}

/// Calls f(offsets, n) for rows along which the output is contiguous and every operand is too or
/// does not move; single elements where that is not so.
template <std::size_t N, class F>
void for_each_row(const RowWalk<N>& walk, Parallel& parallel, F&& f) {
  const LoopNest<N>& nest = walk.nest;
  const auto inner = static_cast<std::size_t>(nest.rank - 1);
  bool contiguous = nest.strides[0][inner] == 1;
  for (std::size_t k = 1; k < N; ++k) {
    contiguous = contiguous && (nest.strides[k][inner] == 1 || nest.strides[k][inner] == 0);
  }
  run_items(parallel, walk.items, [&](std::int64_t begin, std::int64_t end, int /*thread*/) {
    row_walk_run(walk, begin, end, [&](const ptrdiff_t(&at)[N], ptrdiff_t rows, ptrdiff_t n) {
      for (ptrdiff_t row = 0; row < rows; ++row) {
        std::array<ptrdiff_t, N> offsets;
        for (std::size_t k = 0; k < N; ++k) {
          offsets[k] = at[k] + row * nest.strides[k][inner - 1];
        }
        if (contiguous) {
          f(offsets, n);
          continue;
        }
        for (ptrdiff_t i = 0; i < n; ++i) {
          f(offsets, ptrdiff_t{1});
          for (std::size_t k = 0; k < N; ++k) offsets[k] += nest.strides[k][inner];
        }
      }
    });
  });
}

/// QAdd and QMul.
class QBinaryStep final : public Step {
 public:
  QBinaryStep(const QEltwiseKernel& kernel, const QTableKernel& tables, bool add,
              const QBinaryArgs& args, std::span<const ValueDesc> inputs, const ValueDesc& output)
      : kernel_(kernel),
        tables_(tables),
        fn_(add ? kernel.add : kernel.mul),
        args_(args),
        walk_(make_walk<3>(output, inputs)),
        table_(byte_lookup(inputs, kBinaryTable)) {
    const auto inner = static_cast<std::size_t>(walk_.nest.rank - 1);
    args_.a_step = walk_.nest.strides[1][inner] == 0 ? 0 : 1;
    args_.b_step = walk_.nest.strides[2][inner] == 0 ? 0 : 1;
  }

  Result<void> run(const StepArgs& args) const override {
    for_each_row(walk_, *args.parallel, [&](const auto& at, ptrdiff_t n) {
      QBinaryArgs row = args_;
      row.y = args.outputs[0].data + at[0];
      row.a = args.inputs[0].data + at[1];
      row.b = args.inputs[1].data + at[2];
      row.count = n;
      fn_(row);
      if (table_.data() != nullptr) {
        tables_.run({row.y, row.y, table_.data(), 1, n, n, n});
      }
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const QEltwiseKernel& kernel_;
  const QTableKernel& tables_;
  void (*fn_)(const QBinaryArgs&);
  QBinaryArgs args_;
  RowWalk<3> walk_;
  ByteLookup table_;
};

class QTableStep final : public Step {
 public:
  QTableStep(const QTableKernel& kernel, const Tensor& table, std::span<const ValueDesc> inputs,
             const ValueDesc& output)
      : kernel_(kernel), walk_(make_walk<2>(output, inputs.first(1))), table_(table) {}

  Result<void> run(const StepArgs& args) const override {
    for_each_row(walk_, *args.parallel, [&](const auto& at, ptrdiff_t n) {
      kernel_.run(
          {args.inputs[0].data + at[1], args.outputs[0].data + at[0], table_.data(), 1, n, n, n});
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const QTableKernel& kernel_;
  RowWalk<2> walk_;
  ByteLookup table_;
};

/// QuantizeLinear and DequantizeLinear between fp32 and 8 bits with one scale.
class ScaleStep final : public Step {
 public:
  ScaleStep(const QEltwiseKernel& kernel, bool quantize, float scale, std::int32_t zero,
            bool is_signed, std::span<const ValueDesc> inputs, const ValueDesc& output)
      : kernel_(kernel),
        quantize_(quantize),
        scale_(scale),
        zero_(zero),
        signed_(is_signed),
        walk_(make_walk<2>(output, inputs.first(1))) {}

  Result<void> run(const StepArgs& args) const override {
    for_each_row(walk_, *args.parallel, [&](const auto& at, ptrdiff_t n) {
      if (quantize_) {
        kernel_.quantize({args.inputs[0].as<float>() + at[1], args.outputs[0].data + at[0], n,
                          scale_, zero_, signed_});
      } else {
        kernel_.dequantize({args.inputs[0].data + at[1], args.outputs[0].as<float>() + at[0], n,
                            scale_, zero_, signed_});
      }
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return kernel_.name; }

 private:
  const QEltwiseKernel& kernel_;
  bool quantize_;
  float scale_;
  std::int32_t zero_;
  bool signed_;
  RowWalk<2> walk_;
};

/// QuantizeLinear of fp32 with a scale per index of an axis.
class AxisQuantizeStep final : public Step {
 public:
  AxisQuantizeStep(std::vector<float> scales, std::vector<float> zeros, DType dtype,
                   const RowWalk<3>& walk)
      : scales_(std::move(scales)),
        zeros_(std::move(zeros)),
        low_(dtype == DType::int8 ? -128.0F : 0.0F),
        high_(dtype == DType::int8 ? 127.0F : 255.0F),
        walk_(walk) {}

  Result<void> run(const StepArgs& args) const override {
    const auto* x = args.inputs[0].as<float>();
    auto* y = args.outputs[0].as<std::uint8_t>();
    const auto inner = static_cast<std::size_t>(walk_.nest.rank - 1);
    const ptrdiff_t step = walk_.nest.strides[2][inner];
    for_each_row(walk_, *args.parallel, [&](const auto& at, ptrdiff_t n) {
      for (ptrdiff_t i = 0; i < n; ++i) {
        const auto c = static_cast<std::size_t>(at[2] + i * step);
        y[at[0] + i] = quantized(x[at[1] + i], c);
      }
    });
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override {
    return "qeltwise_axis_generic";
  }

 private:
  [[nodiscard]] std::uint8_t quantized(float x, std::size_t c) const {
    // Half to even by way of the last bit of 1.5 * 2^23; values beyond the clamp saturate anyway.
    constexpr float kMagic = 12582912.0F;
    constexpr float kFar = 1048576.0F;
    const float quotient = x / scales_[c];
    const float near = std::min(std::max(quotient, -kFar), kFar);
    const float rounded = std::isnan(quotient) ? 0.0F : (near + kMagic) - kMagic;
    const float y = std::min(std::max(rounded + zeros_[c], low_), high_);
    return static_cast<std::uint8_t>(static_cast<std::int32_t>(y));
  }

  std::vector<float> scales_;
  std::vector<float> zeros_;
  float low_;
  float high_;
  RowWalk<3> walk_;
};

Support constant_table(std::span<const ValueDesc> inputs, std::size_t table) {
  if (has_operand(inputs, table) && inputs[table].constant == nullptr) {
    return Support::no("the table is not a constant");
  }
  return Support::yes("qeltwise");
}

Support binary_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                        std::span<const ValueDesc> /*outputs*/) {
  return constant_table(inputs, kBinaryTable);
}

Support table_supports(const Node& /*node*/, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> /*outputs*/) {
  return constant_table(inputs, 1);
}

std::vector<bool> packed_table(std::span<const ValueDesc> inputs, std::size_t table) {
  std::vector<bool> packed(inputs.size(), false);
  if (table < packed.size()) packed[table] = true;
  return packed;
}

void set_output(const QuantOut& out, QBinaryArgs& args) {
  args.y_zero = out.zero;
  args.y_lo = out.low;
  args.y_hi = out.high;
}

Result<LoweredNode> binary_lower(const Node& node, std::span<const ValueDesc> inputs,
                                 std::span<const ValueDesc> outputs, const LowerOptions& options,
                                 WeightStore& /*weights*/) {
  QBinaryArgs args{};
  const bool add = node.op == &qadd_op;
  args.a_signed = is_signed_byte(inputs[0].dtype);
  args.b_signed = is_signed_byte(inputs[1].dtype);
  if (add) {
    const auto& params = params_as<QAddParams>(node);
    args.a_zero = params.a_zero;
    args.b_zero = params.b_zero;
    args.a_scale = params.a_scale;
    args.b_scale = params.b_scale;
    set_output(params.out, args);
  } else {
    const auto& params = params_as<QMulParams>(node);
    args.a_zero = params.a_zero;
    args.b_zero = params.b_zero;
    args.a_scale = params.scale;
    set_output(params.out, args);
  }
  LoweredNode lowered;
  lowered.step = std::make_unique<QBinaryStep>(
      qeltwise_select(options.isa), qtable_select(options.isa), add, args, inputs, outputs[0]);
  lowered.packed_inputs = packed_table(inputs, kBinaryTable);
  return lowered;
}

Result<LoweredNode> table_lower(const Node& /*node*/, std::span<const ValueDesc> inputs,
                                std::span<const ValueDesc> outputs, const LowerOptions& options,
                                WeightStore& /*weights*/) {
  LoweredNode lowered;
  lowered.step = std::make_unique<QTableStep>(qtable_select(options.isa), *inputs[1].constant,
                                              inputs, outputs[0]);
  lowered.packed_inputs = packed_table(inputs, 1);
  return lowered;
}

struct ScaleChoice {
  float scale = 1.0F;
  std::int32_t zero = 0;
};

/// Scale and zero point of Q or DQ when they are one constant each.
std::optional<ScaleChoice> one_scale(const Node& node, std::span<const ValueDesc> inputs) {
  if (params_as<QuantParams>(node).block_size != 0) return std::nullopt;
  const ValueDesc& scale = inputs[1];
  if (scale.constant == nullptr || scale.dtype != DType::float32) return std::nullopt;
  if (element_count(scale.shape) != 1) return std::nullopt;
  ScaleChoice choice;
  std::memcpy(&choice.scale, scale.constant->data(), sizeof(float));
  if (!std::isfinite(choice.scale)) return std::nullopt;
  if (!has_operand(inputs, 2)) return choice;
  if (inputs[2].constant == nullptr || element_count(inputs[2].shape) != 1) return std::nullopt;
  const auto byte = std::to_integer<std::uint8_t>(*inputs[2].constant->data());
  choice.zero = inputs[2].dtype == DType::int8 ? static_cast<std::int8_t>(byte) : byte;
  return choice;
}

/// Scales and zero points of a QuantizeLinear along one axis, when they are constants.
struct AxisScale {
  std::vector<float> scales;
  std::vector<float> zeros;
  std::size_t axis = 0;
};

std::optional<AxisScale> axis_scale(const Node& node, std::span<const ValueDesc> inputs) {
  const auto& params = params_as<QuantParams>(node);
  if (params.block_size != 0 || node.op->name != "QuantizeLinear") return std::nullopt;
  const ValueDesc& scale = inputs[1];
  if (scale.constant == nullptr || scale.dtype != DType::float32 || scale.shape.size() != 1) {
    return std::nullopt;
  }
  const auto rank = static_cast<std::int64_t>(inputs[0].shape.size());
  const std::int64_t axis = params.axis < 0 ? params.axis + rank : params.axis;
  if (axis < 0 || axis >= rank) return std::nullopt;
  AxisScale result;
  result.axis = static_cast<std::size_t>(axis);
  if (scale.shape[0] != inputs[0].shape[result.axis]) return std::nullopt;
  result.scales.resize(static_cast<std::size_t>(scale.shape[0]));
  std::memcpy(result.scales.data(), scale.constant->data(), scale.constant->byte_count());
  result.zeros.assign(result.scales.size(), 0.0F);
  if (!has_operand(inputs, 2)) return result;
  if (inputs[2].constant == nullptr || !(inputs[2].shape == scale.shape)) return std::nullopt;
  for (std::size_t c = 0; c < result.zeros.size(); ++c) {
    const auto byte = std::to_integer<std::uint8_t>(inputs[2].constant->data()[c]);
    const int zero = inputs[2].dtype == DType::int8 ? static_cast<std::int8_t>(byte) : byte;
    result.zeros[c] = static_cast<float>(zero);
  }
  return result;
}

Support scale_supports(const Node& node, std::span<const ValueDesc> inputs,
                       std::span<const ValueDesc> outputs) {
  const bool quantize = node.op->name == "QuantizeLinear";
  const DType integers = quantize ? outputs[0].dtype : inputs[0].dtype;
  const DType reals = quantize ? inputs[0].dtype : outputs[0].dtype;
  if (!is_byte(integers) || reals != DType::float32) {
    return Support::no("only between fp32 and 8-bit integers");
  }
  const DType precision = params_as<QuantParams>(node).precision;
  if (precision != DType::undefined && precision != DType::float32) {
    return Support::no("the division is not done in fp32");
  }
  if (!one_scale(node, inputs) && !axis_scale(node, inputs)) {
    return Support::no("not one constant scale");
  }
  return Support::yes("qeltwise");
}

Result<LoweredNode> scale_lower(const Node& node, std::span<const ValueDesc> inputs,
                                std::span<const ValueDesc> outputs, const LowerOptions& options,
                                WeightStore& /*weights*/) {
  const bool quantize = node.op->name == "QuantizeLinear";
  const DType integers = quantize ? outputs[0].dtype : inputs[0].dtype;
  LoweredNode lowered;
  lowered.packed_inputs.assign(inputs.size(), true);
  lowered.packed_inputs[0] = false;
  const auto choice = one_scale(node, inputs);
  if (!choice) {
    auto axis = axis_scale(node, inputs);
    if (!axis) return internal_error("scale_lower: no kernel");
    // A third operand that is the index along the axis.
    ValueDesc index{DType::uint8, outputs[0].shape, Shape::filled(outputs[0].shape.size(), 0),
                    nullptr};
    index.strides[axis->axis] = 1;
    const std::array<ValueDesc, 2> operands = {inputs[0], index};
    lowered.step =
        std::make_unique<AxisQuantizeStep>(std::move(axis->scales), std::move(axis->zeros),
                                           integers, make_walk<3>(outputs[0], operands));
    return lowered;
  }
  lowered.step =
      std::make_unique<ScaleStep>(qeltwise_select(options.isa), quantize, choice->scale,
                                  choice->zero, is_signed_byte(integers), inputs, outputs[0]);
  return lowered;
}

constexpr CpuRow kRows[] = {
    {"vernier", "QAdd", binary_supports, eltwise_layout, binary_lower},
    {"vernier", "QMul", binary_supports, eltwise_layout, binary_lower},
    {"vernier", "QTable", table_supports, eltwise_layout, table_lower},
    {"", "QuantizeLinear", scale_supports, eltwise_layout, scale_lower},
    {"", "DequantizeLinear", scale_supports, eltwise_layout, scale_lower},
};

}  // namespace

std::span<const CpuRow> qeltwise_rows() { return kRows; }

}  // namespace vernier
