#include <atomic>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "backend/cpu/kernels/eltwise/eltwise.h"
#include "backend/cpu/kernels/eltwise/select.h"
#include "backend/cpu/lower.h"
#include "backend/cpu/lower_walk.h"
#include "ops/celu.h"
#include "ops/elu.h"
#include "ops/gelu.h"
#include "ops/hard_sigmoid.h"
#include "ops/is_inf.h"
#include "ops/leaky_relu.h"
#include "ops/mod.h"
#include "ops/selu.h"
#include "ops/shrink.h"
#include "ops/swish.h"
#include "ops/thresholded_relu.h"

namespace vernier {
namespace {

struct UnaryRow {
  std::string_view name;
  UnaryOp op;
};
constexpr UnaryRow kUnaryOps[] = {
    {"Relu", UnaryOp::relu},
    {"Sigmoid", UnaryOp::sigmoid},
    {"Tanh", UnaryOp::tanh},
    {"Exp", UnaryOp::exp},
    {"Log", UnaryOp::log},
    {"Sqrt", UnaryOp::sqrt},
    {"Neg", UnaryOp::neg},
    {"Abs", UnaryOp::abs},
    {"Erf", UnaryOp::erf},
    {"Floor", UnaryOp::floor},
    {"Ceil", UnaryOp::ceil},
    {"Round", UnaryOp::round},
    {"Reciprocal", UnaryOp::reciprocal},
    {"LeakyRelu", UnaryOp::leaky_relu},
    {"HardSigmoid", UnaryOp::hard_sigmoid},
    {"HardSwish", UnaryOp::hard_swish},
    {"Swish", UnaryOp::swish},
    {"Gelu", UnaryOp::gelu_erf},
    {"Elu", UnaryOp::elu},
    {"Selu", UnaryOp::selu},
    {"Celu", UnaryOp::celu},
    {"Softplus", UnaryOp::softplus},
    {"Softsign", UnaryOp::softsign},
    {"Mish", UnaryOp::mish},
    {"Sign", UnaryOp::sign},
    {"ThresholdedRelu", UnaryOp::thresholded_relu},
    {"Shrink", UnaryOp::shrink},
    {"Sin", UnaryOp::sin},
    {"Cos", UnaryOp::cos},
    {"Tan", UnaryOp::tan},
    {"Asin", UnaryOp::asin},
    {"Acos", UnaryOp::acos},
    {"Atan", UnaryOp::atan},
    {"Sinh", UnaryOp::sinh},
    {"Cosh", UnaryOp::cosh},
    {"Asinh", UnaryOp::asinh},
    {"Acosh", UnaryOp::acosh},
    {"Atanh", UnaryOp::atanh},
    {"Not", UnaryOp::logical_not},
    {"BitwiseNot", UnaryOp::bitwise_not},
    {"IsNaN", UnaryOp::is_nan},
    {"IsInf", UnaryOp::is_inf},
};

struct BinaryRow {
  std::string_view name;
  BinaryOp op;
};
constexpr BinaryRow kBinaryOps[] = {
    {"Add", BinaryOp::add},
    {"Sub", BinaryOp::sub},
    {"Mul", BinaryOp::mul},
    {"Div", BinaryOp::div},
    {"PRelu", BinaryOp::prelu},
    {"Mod", BinaryOp::mod},
    {"And", BinaryOp::logical_and},
    {"Or", BinaryOp::logical_or},
    {"Xor", BinaryOp::logical_xor},
    {"BitwiseAnd", BinaryOp::bitwise_and},
    {"BitwiseOr", BinaryOp::bitwise_or},
    {"BitwiseXor", BinaryOp::bitwise_xor},
    {"Equal", BinaryOp::equal},
    {"Less", BinaryOp::less},
    {"LessOrEqual", BinaryOp::less_or_equal},
    {"Greater", BinaryOp::greater},
    {"GreaterOrEqual", BinaryOp::greater_or_equal},
};

/// One elementwise function chosen for a node.
struct Choice {
  EltwiseFn fn = nullptr;
  int inputs = 1;
  bool vector = false;  ///< an fp32 vector function: strides go through eltwise_f32_run
  float alpha = 0.0F;
  float beta = 0.0F;
  std::string_view kernel;
};

Choice vector_choice(EltwiseFn fn, int inputs, const EltwiseF32Kernel& kernel) {
  return {fn, inputs, true, 0.0F, 0.0F, kernel.name};
}

Choice choose_unary(UnaryOp op, DType dtype, const EltwiseF32Kernel& kernel) {
  if (dtype == DType::float32 && op < UnaryOp::count_f32) {
    return vector_choice(kernel.unary[static_cast<std::size_t>(op)], 1, kernel);
  }
  return {eltwise_typed_unary(op, dtype), 1, false, 0.0F, 0.0F, "eltwise_typed_generic"};
}

Choice choose_binary(BinaryOp op, DType dtype, const EltwiseF32Kernel& kernel) {
  if (dtype == DType::float32 && op < BinaryOp::count_f32) {
    return vector_choice(kernel.binary[static_cast<std::size_t>(op)], 2, kernel);
  }
  return {eltwise_typed_binary(op, dtype), 2, false, 0.0F, 0.0F, "eltwise_typed_generic"};
}

void set_unary_params(const Node& node, UnaryOp op, const EltwiseF32Kernel& kernel,
                      Choice& choice) {
  switch (op) {
    case UnaryOp::leaky_relu:
      choice.alpha = params_as<LeakyReluParams>(node).alpha;
      break;
    case UnaryOp::hard_sigmoid:
      choice.alpha = params_as<HardSigmoidParams>(node).alpha;
      choice.beta = params_as<HardSigmoidParams>(node).beta;
      break;
    case UnaryOp::swish:
      choice.alpha = params_as<SwishParams>(node).alpha;
      if (choice.vector && choice.alpha == 1.0F) {
        choice.fn = kernel.unary[static_cast<std::size_t>(UnaryOp::silu)];
      }
      break;
    case UnaryOp::gelu_erf:
      if (choice.vector && params_as<GeluParams>(node).tanh_approximation) {
        choice.fn = kernel.unary[static_cast<std::size_t>(UnaryOp::gelu_tanh)];
      }
      break;
    case UnaryOp::elu:
      choice.alpha = params_as<EluParams>(node).alpha;
      break;
    case UnaryOp::selu:
      choice.alpha = params_as<SeluParams>(node).alpha;
      choice.beta = params_as<SeluParams>(node).gamma;
      break;
    case UnaryOp::celu:
      choice.alpha = params_as<CeluParams>(node).alpha;
      break;
    case UnaryOp::thresholded_relu:
      choice.alpha = params_as<ThresholdedReluParams>(node).alpha;
      break;
    case UnaryOp::is_inf:
      choice.alpha = params_as<IsInfParams>(node).detect_negative ? 1.0F : 0.0F;
      choice.beta = params_as<IsInfParams>(node).detect_positive ? 1.0F : 0.0F;
      break;
    case UnaryOp::shrink:
      choice.alpha = params_as<ShrinkParams>(node).lambd;
      choice.beta = params_as<ShrinkParams>(node).bias;
      break;
    default:
      break;
  }
}

/// The exponent of Pow when it is one constant number.
std::optional<double> constant_exponent(const ValueDesc& desc) {
  if (desc.constant == nullptr || element_count(desc.shape) != 1) return std::nullopt;
  const auto aligned = desc.constant->to_aligned();
  if (!aligned) return std::nullopt;
  switch (desc.dtype) {
    case DType::float32:
      return static_cast<double>(*aligned->as<float>());
    case DType::int64:
      return static_cast<double>(*aligned->as<std::int64_t>());
    case DType::int32:
      return static_cast<double>(*aligned->as<std::int32_t>());
    default:
      return std::nullopt;
  }
}

std::optional<Choice> choose_pow(std::span<const ValueDesc> inputs,
                                 const EltwiseF32Kernel& kernel) {
  if (inputs[0].dtype != DType::float32) return std::nullopt;
  const auto exponent = constant_exponent(inputs[1]);
  const bool same_shape = inputs[1].shape.size() <= inputs[0].shape.size();
  if (exponent && same_shape) {
    const auto fixed = [&](UnaryOp op) {
      return vector_choice(kernel.unary[static_cast<std::size_t>(op)], 1, kernel);
    };
    if (*exponent == 2.0) return fixed(UnaryOp::square);
    if (*exponent == 3.0) return fixed(UnaryOp::cube);
    if (*exponent == -1.0) return fixed(UnaryOp::reciprocal);
  }
  if (inputs[1].dtype != DType::float32) return std::nullopt;
  return choose_binary(BinaryOp::pow, DType::float32, kernel);
}

/// The function for a node of one, two or three operands; nullopt: the dtype has none.
std::optional<Choice> choose(const Node& node, std::span<const ValueDesc> inputs,
                             std::span<const ValueDesc> outputs, IsaTier isa) {
  const EltwiseF32Kernel& kernel = eltwise_select(isa);
  const std::string_view name = node.op->name;
  const DType dtype = inputs[0].dtype;
  if (name == "Pow") return choose_pow(inputs, kernel);
  Choice choice;
  if (name == "Where") {
    choice = {eltwise_where(inputs[1].dtype == DType::string ? 0 : dtype_size(inputs[1].dtype)),
              3,
              false,
              0.0F,
              0.0F,
              "where_generic"};
  } else if (name == "Cast" || name == "CastLike") {
    choice = {eltwise_cast(dtype, outputs[0].dtype), 1, false, 0.0F, 0.0F, "cast_generic"};
  } else if (name == "Clip") {
    if (dtype != DType::float32) return std::nullopt;
    choice = choose_unary(UnaryOp::clip, dtype, kernel);
  } else {
    for (const UnaryRow& row : kUnaryOps) {
      if (row.name != name) continue;
      choice = choose_unary(row.op, dtype, kernel);
      set_unary_params(node, row.op, kernel, choice);
    }
    for (const BinaryRow& row : kBinaryOps) {
      if (row.name != name) continue;
      const bool truncated = row.op == BinaryOp::mod && params_as<ModParams>(node).fmod;
      choice = choose_binary(truncated ? BinaryOp::fmod : row.op, dtype, kernel);
    }
  }
  if (choice.fn == nullptr) return std::nullopt;
  return choice;
}

/// A function on fixed strides.
struct Walked {
  Choice choice;
  RowWalk<4> walk;
  std::array<std::int64_t, 4> bytes{};  ///< per element: output, inputs
};

Walked make_walked(const Choice& choice, std::span<const ValueDesc> inputs,
                   const ValueDesc& output) {
  Walked walked;
  walked.choice = choice;
  std::array<Strides, 4> strides;
  strides.fill(Shape::filled(output.shape.size(), 0));
  strides[0] = output.strides;
  walked.bytes[0] = static_cast<std::int64_t>(dtype_size(output.dtype));
  for (std::size_t k = 0; k < static_cast<std::size_t>(choice.inputs); ++k) {
    strides[k + 1] = broadcast_strides(inputs[k].shape, inputs[k].strides, output.shape);
    walked.bytes[k + 1] = static_cast<std::int64_t>(dtype_size(inputs[k].dtype));
  }
  LoopNest<4> nest = make_nest(output.shape, strides);
  loop_nest_normalize(nest);
  walked.walk = row_walk(nest, kItemElements);
  return walked;
}

/// Runs the function over all elements; false when an integer was divided by zero.
bool run_walked(const Walked& walked, const Choice& choice, Parallel& parallel, std::byte* y,
                const std::array<const std::byte*, 3>& x) {
  const LoopNest<4>& nest = walked.walk.nest;
  const auto inner = static_cast<std::size_t>(nest.rank - 1);
  std::atomic<bool> ok = true;
  run_items(parallel, walked.walk.items, [&](std::int64_t begin, std::int64_t end, int) {
    row_walk_run(
        walked.walk, begin, end, [&](const ptrdiff_t(&at)[4], ptrdiff_t rows, ptrdiff_t n) {
          EltwiseArgs block{};
          block.y = y + at[0] * walked.bytes[0];
          block.y_step = nest.strides[0][inner];
          block.y_pitch = nest.strides[0][inner - 1];
          for (std::size_t k = 0; k < 3; ++k) {
            if (x[k] == nullptr) continue;
            block.x[k] = x[k] + at[k + 1] * walked.bytes[k + 1];
            block.step[k] = nest.strides[k + 1][inner];
            block.pitch[k] = nest.strides[k + 1][inner - 1];
          }
          block.rows = rows;
          block.n = n;
          block.alpha = choice.alpha;
          block.beta = choice.beta;
          const bool fine =
              choice.vector ? eltwise_f32_run(choice.fn, choice.inputs, block) : choice.fn(block);
          if (!fine) ok.store(false, std::memory_order_relaxed);
        });
  });
  return ok.load();
}

Error division_by_zero() { return invalid_data("an integer divisor is zero", "E-DATA-VALUE"); }

class EltwiseStep final : public Step {
 public:
  EltwiseStep(const Walked& walked, bool clip) : walked_(walked), clip_(clip) {}

  Result<void> run(const StepArgs& args) const override {
    std::array<const std::byte*, 3> x{};
    for (std::size_t k = 0; k < static_cast<std::size_t>(walked_.choice.inputs); ++k) {
      x[k] = args.inputs[k].data;
    }
    Choice choice = walked_.choice;
    if (clip_) {
      choice.alpha = limit(args, 1, -std::numeric_limits<float>::infinity());
      choice.beta = limit(args, 2, std::numeric_limits<float>::infinity());
    }
    if (!run_walked(walked_, choice, *args.parallel, args.outputs[0].data, x)) {
      return division_by_zero();
    }
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override { return walked_.choice.kernel; }

 private:
  static float limit(const StepArgs& args, std::size_t i, float fallback) {
    if (i >= args.inputs.size() || args.inputs[i].data == nullptr) return fallback;
    return *args.inputs[i].as<float>();
  }
  Walked walked_;
  bool clip_;
};

/// Max, Min, Sum, Mean of any number of operands: a left fold into the output.
class FoldStep final : public Step {
 public:
  FoldStep(std::vector<Walked> folds, float scale) : folds_(std::move(folds)), scale_(scale) {}

  Result<void> run(const StepArgs& args) const override {
    std::byte* y = args.outputs[0].data;
    for (std::size_t i = 0; i < folds_.size(); ++i) {
      // The last fold of a mean multiplies by a scalar of the step.
      const bool scales = i + 2 > args.inputs.size();
      const std::byte* right =
          scales ? reinterpret_cast<const std::byte*>(&scale_) : args.inputs[i + 1].data;
      const std::array<const std::byte*, 3> x = {i == 0 ? args.inputs[0].data : y, right, nullptr};
      run_walked(folds_[i], folds_[i].choice, *args.parallel, y, x);
    }
    return {};
  }
  [[nodiscard]] std::string_view kernel() const noexcept override {
    return folds_.front().choice.kernel;
  }

 private:
  std::vector<Walked> folds_;
  float scale_;
};

Support eltwise_supports(const Node& node, std::span<const ValueDesc> inputs,
                         std::span<const ValueDesc> outputs) {
  if (!choose(node, inputs, outputs, IsaTier::generic)) {
    return Support::no("no elementwise kernel for " + std::string(dtype_name(inputs[0].dtype)));
  }
  return Support::yes(inputs[0].dtype == DType::float32 ? "eltwise_f32" : "eltwise_typed");
}

Result<LoweredNode> eltwise_lower(const Node& node, std::span<const ValueDesc> inputs,
                                  std::span<const ValueDesc> outputs, const LowerOptions& options,
                                  WeightStore& /*weights*/) {
  const auto choice = choose(node, inputs, outputs, options.isa);
  if (!choice) return internal_error("eltwise_lower: no kernel");
  LoweredNode lowered;
  lowered.step = std::make_unique<EltwiseStep>(make_walked(*choice, inputs, outputs[0]),
                                               node.op->name == "Clip");
  return lowered;
}

std::optional<BinaryOp> fold_op(const Node& node) {
  if (node.op->name == "Max") return BinaryOp::max;
  if (node.op->name == "Min") return BinaryOp::min;
  return BinaryOp::add;
}

Support fold_supports(const Node& node, std::span<const ValueDesc> inputs,
                      std::span<const ValueDesc> outputs) {
  const DType dtype = outputs[0].dtype;
  if (inputs.size() < 2) return Support::no("one operand only");
  if (node.op->name == "Mean" && dtype != DType::float32) return Support::no("only fp32");
  if (choose_binary(*fold_op(node), dtype, eltwise_select(IsaTier::generic)).fn == nullptr) {
    return Support::no("no elementwise kernel for " + std::string(dtype_name(dtype)));
  }
  return Support::yes(dtype == DType::float32 ? "eltwise_f32" : "eltwise_typed");
}

Result<LoweredNode> fold_lower(const Node& node, std::span<const ValueDesc> inputs,
                               std::span<const ValueDesc> outputs, const LowerOptions& options,
                               WeightStore& /*weights*/) {
  const EltwiseF32Kernel& kernel = eltwise_select(options.isa);
  const Choice choice = choose_binary(*fold_op(node), outputs[0].dtype, kernel);
  std::vector<Walked> folds;
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    const std::array<ValueDesc, 2> pair = {i == 1 ? inputs[0] : outputs[0], inputs[i]};
    folds.push_back(make_walked(choice, pair, outputs[0]));
  }
  if (node.op->name == "Mean") {
    const ValueDesc scalar{DType::float32, Shape{}, Shape{}, nullptr};
    const std::array<ValueDesc, 2> pair = {outputs[0], scalar};
    folds.push_back(
        make_walked(choose_binary(BinaryOp::mul, DType::float32, kernel), pair, outputs[0]));
  }
  LoweredNode lowered;
  lowered.step =
      std::make_unique<FoldStep>(std::move(folds), 1.0F / static_cast<float>(inputs.size()));
  return lowered;
}

constexpr CpuRow eltwise_row(std::string_view name) {
  return {"", name, eltwise_supports, eltwise_layout, eltwise_lower};
}
constexpr CpuRow fold_row(std::string_view name) {
  return {"", name, fold_supports, eltwise_layout, fold_lower};
}

constexpr std::size_t kUnaryCount = std::size(kUnaryOps);
constexpr std::size_t kBinaryCount = std::size(kBinaryOps);
constexpr auto kRows = [] {
  std::array<CpuRow, kUnaryCount + kBinaryCount + 9> rows{};
  std::size_t at = 0;
  for (const UnaryRow& row : kUnaryOps) rows[at++] = eltwise_row(row.name);
  for (const BinaryRow& row : kBinaryOps) rows[at++] = eltwise_row(row.name);
  for (const std::string_view name : {"Pow", "Clip", "Where", "Cast", "CastLike"}) {
    rows[at++] = eltwise_row(name);
  }
  for (const std::string_view name : {"Max", "Min", "Sum", "Mean"}) rows[at++] = fold_row(name);
  return rows;
}();

}  // namespace

std::span<const CpuRow> eltwise_rows() { return kRows; }

}  // namespace vernier
