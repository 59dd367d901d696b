#include <cmath>
#include <limits>

#include "ops/activation.h"
#include "ops/fused_activation.h"
#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

constexpr std::size_t kBiasInput = 2;
constexpr std::size_t kResidualInput = 3;

/// The fused form of an operator, empty when it has none.
std::string_view fused_name(const Node& node) {
  for (const auto& [plain, fused] :
       {std::pair{"Conv", "FusedConv"}, {"Gemm", "FusedGemm"}, {"MatMul", "FusedMatMul"}}) {
    if (node.is(plain) || node.is("vernier", fused)) return fused;
  }
  return {};
}

bool has_activation(const Node& node) {
  return string_attribute(node, "activation", "none") != "none";
}

/// A plain or fused Conv, Gemm or MatMul on real floats that makes `id` and can take something more
/// behind it; nullptr otherwise.
const Node* open_target(const Graph& graph, ValueId id) {
  const Node* node = producer_of(graph, id);
  if (node == nullptr || fused_name(*node).empty() || has_activation(*node)) return nullptr;
  return is_real_float(graph.value(id).type.dtype) ? node : nullptr;
}

/// `target` with one more input.
std::vector<ValueId> with_input(const Node& target, std::size_t position, ValueId value) {
  std::vector<ValueId> inputs = target.inputs;
  if (inputs.size() <= position) inputs.resize(position + 1, ValueId::none);
  inputs[position] = value;
  return inputs;
}

Result<Match> replace_by_fused(const Graph& graph, NodeId anchor, const Node& target, Edit edit,
                               std::vector<ValueId> inputs, std::vector<Attribute> attributes) {
  VERNIER_ASSIGN(Node fused, node_like(target, fused_name(target), std::move(inputs),
                                       std::move(attributes), "vernier"));
  return Match(replace_anchor(graph, anchor, std::move(edit), std::move(fused)));
}

/// Add(MatMul(a, b), 1-D constant along the last dim) -> FusedMatMul with bias.
class FuseMatMulBias final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_matmul_bias"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& add = graph.node(id);
    if (!add.is("Add")) return Match::none();
    for (std::size_t side = 0; side < 2; ++side) {
      const ValueId product = add.inputs[side];
      const ValueId bias = add.inputs[1 - side];
      const Node* target = open_target(graph, product);
      if (target == nullptr || fused_name(*target) != "FusedMatMul" || !graph.is_constant(bias)) {
        continue;
      }
      if (input_of(*target, kBiasInput) != ValueId::none ||
          input_of(*target, kResidualInput) != ValueId::none) {
        continue;
      }
      if (!graph.has_single_use(product)) return Match::blocked("the product has other uses");
      const ValueType& a = graph.value(target->inputs[0]).type;
      const ValueType& b = graph.value(target->inputs[1]).type;
      const ValueType& out = graph.value(product).type;
      if (!a.ranked || !b.ranked || a.rank() < 2 || b.rank() < 2 || !b.dims.back().is_known()) {
        return Match::blocked("the shapes are unknown");
      }
      const Tensor& tensor = *graph.value(bias).constant;
      const std::int64_t columns = b.dims.back().value;
      if (tensor.shape().empty() || tensor.shape().size() > out.rank() ||
          tensor.shape().back() != columns || tensor.element_count() != columns) {
        return Match::blocked("the constant does not run along the last dim only");
      }
      Edit edit(graph);
      ValueId flat = bias;
      if (tensor.shape().size() > 1) {
        flat = edit.add_constant(graph.value(bias).name, tensor.reshaped(Shape{columns}));
      }
      return replace_by_fused(graph, id, *target, std::move(edit),
                              with_input(*target, kBiasInput, flat), target->attributes);
    }
    return Match::none();
  }
};

/// True when both shapes are known and differ, so that the Add broadcasts.
bool shapes_differ(const ValueType& a, const ValueType& b) {
  if (!a.ranked || !b.ranked) return false;
  if (a.rank() != b.rank()) return true;
  for (std::size_t i = 0; i < a.rank(); ++i) {
    if (a.dims[i].is_known() && b.dims[i].is_known() && a.dims[i].value != b.dims[i].value) {
      return true;
    }
  }
  return false;
}

/// Add(Conv | Gemm | MatMul, value of the same shape) -> the fused form with a residual. When both
/// sides qualify the later node takes the other's output, which exists by then.
class FuseResidual final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_residual"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& add = graph.node(id);
    if (!add.is("Add") || add.inputs[0] == add.inputs[1]) return Match::none();
    std::size_t chosen = 2;
    bool seen = false;
    for (std::size_t side = 0; side < 2; ++side) {
      const Node* target = open_target(graph, add.inputs[side]);
      if (target == nullptr || input_of(*target, kResidualInput) != ValueId::none) continue;
      seen = true;
      if (!graph.has_single_use(add.inputs[side])) continue;
      if (chosen == 2 ||
          graph.value(add.inputs[side]).producer > graph.value(add.inputs[chosen]).producer) {
        chosen = side;
      }
    }
    if (chosen == 2) {
      return seen ? Match::blocked("the product has other uses") : Match::none();
    }
    const ValueId product = add.inputs[chosen];
    const ValueId residual = add.inputs[1 - chosen];
    const ValueType& out = graph.value(product).type;
    const ValueType& other = graph.value(residual).type;
    if (shapes_differ(out, other)) return Match::none();
    if (!same_shape(out, other)) return Match::blocked("the shapes are not known to be equal");
    const Node& target = *producer_of(graph, product);
    return replace_by_fused(graph, id, target, Edit(graph),
                            with_input(target, kResidualInput, residual), target.attributes);
  }
};

/// The activation that a node computes from its first input; nullopt when it is none, or one whose
/// parameters are not constant.
std::optional<Activation> activation_of(const Graph& graph, const Node& node) {
  using Kind = Activation::Kind;
  if (!node.op->domain.empty()) return std::nullopt;
  const std::string_view op = node.op->name;
  if (op == "Relu") return Activation{Kind::relu};
  if (op == "Sigmoid") return Activation{Kind::sigmoid};
  if (op == "HardSwish") return Activation{Kind::hard_swish};
  if (op == "Tanh") return Activation{Kind::tanh};
  if (op == "Swish") {
    if (float_attribute(node, "alpha", 1.0F) != 1.0F) return std::nullopt;
    return Activation{Kind::silu};
  }
  if (op == "HardSigmoid") {
    return Activation{Kind::hard_sigmoid, float_attribute(node, "alpha", 0.2F),
                      float_attribute(node, "beta", 0.5F)};
  }
  if (op == "LeakyRelu") {
    return Activation{Kind::leaky_relu, float_attribute(node, "alpha", 0.01F)};
  }
  if (op == "Gelu") {
    const bool tanh = string_attribute(node, "approximate", "none") == "tanh";
    return Activation{tanh ? Kind::gelu_tanh : Kind::gelu_erf};
  }
  if (op != "Clip") return std::nullopt;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Activation clip{Kind::clip, -kInfinity, kInfinity};
  for (std::size_t i = 1; i <= 2; ++i) {
    if (input_of(node, i) == ValueId::none) continue;
    const auto bound = scalar_constant(graph, node.inputs[i]);
    if (!bound || std::isnan(*bound)) return std::nullopt;
    (i == 1 ? clip.alpha : clip.beta) = static_cast<float>(*bound);
  }
  return clip;
}

/// An activation behind Conv, Gemm or MatMul (with or without residual) joins it.
class FuseActivation final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_activation"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    const ValueId source = input_of(node, 0);
    const Node* target = open_target(graph, source);
    if (target == nullptr) return Match::none();
    const auto activation = activation_of(graph, node);
    if (!activation) {
      return node.is("Clip") ? Match::blocked("the bounds are not constant") : Match::none();
    }
    if (!graph.has_single_use(source)) return Match::blocked("the product has other uses");
    std::vector<Attribute> attributes;
    for (const Attribute& attribute : target->attributes) {
      if (attribute.name.rfind("activation", 0) != 0) attributes.push_back(attribute);
    }
    attributes.push_back({"activation", std::string(activation_name(activation->kind))});
    attributes.push_back({"activation_alpha", activation->alpha});
    attributes.push_back({"activation_beta", activation->beta});
    return replace_by_fused(graph, id, *target, Edit(graph), target->inputs, std::move(attributes));
  }
};

}  // namespace

const Pass& fuse_matmul_bias_pass() {
  static const FuseMatMulBias pass;
  return pass;
}

const Pass& fuse_residual_pass() {
  static const FuseResidual pass;
  return pass;
}

const Pass& fuse_activation_pass() {
  static const FuseActivation pass;
  return pass;
}

}  // namespace vernier
