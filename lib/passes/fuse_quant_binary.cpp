#include <limits>
#include <utility>

#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What stands between an operator and the QuantizeLinear behind it: nothing, or a clamp.
struct Tail {
  ValueId real = ValueId::none;  ///< output of the operator
  double low = -kInfinity;
  double high = kInfinity;
};

Tail tail_of(const Graph& graph, const Node& quantize) {
  Tail tail;
  tail.real = quantize.inputs[0];
  const Node* clamp = producer_of(graph, tail.real);
  if (clamp == nullptr || !graph.has_single_use(tail.real)) return tail;
  if (const auto range = clamp_of(graph, *clamp)) {
    tail.real = clamp->inputs[0];
    tail.low = range->first;
    tail.high = range->second;
  }
  return tail;
}

/// The producer of 8-bit integers that can take a residual, if nothing else reads them.
bool can_take_residual(const Graph& graph, ValueId integers) {
  const Node* node = producer_of(graph, integers);
  if (node == nullptr || !graph.has_single_use(integers)) return false;
  if (!node->is("vernier", "QConv") && !node->is("vernier", "QMatMul")) return false;
  return input_of(*node, kQuantResidual) == ValueId::none &&
         input_of(*node, kQuantTable) == ValueId::none;
}

/// Add, Sub, Mul, AveragePool, GlobalAveragePool and ReduceMean over the picture, between
/// DequantizeLinear and QuantizeLinear (with Relu or Clip in front of that), become integer
/// operators.
class FuseQuantBinary final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_quant_binary"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& quantize = graph.node(id);
    const auto y = quantizes(graph, quantize);
    if (!y) return Match::none();
    const Tail tail = tail_of(graph, quantize);
    const Node* op = producer_of(graph, tail.real);
    if (op == nullptr || !op->op->domain.empty()) return Match::none();
    const bool binary = op->is("Add") || op->is("Sub") || op->is("Mul");
    const bool pool = op->is("AveragePool") || op->is("GlobalAveragePool") || op->is("ReduceMean");
    if (!binary && !pool) return Match::none();
    if (!dequantized(graph, op->inputs[0])) return Match::none();
    if (!graph.has_single_use(tail.real)) return Match::blocked("the result has other uses");
    std::vector<Attribute> attributes;
    add_output_attributes(*y, tail.low, tail.high, attributes);
    if (binary) return fuse_binary(graph, id, *op, *y, std::move(attributes));
    return fuse_pool(graph, id, *op, *y, std::move(attributes));
  }

 private:
  static Result<Match> fuse_binary(const Graph& graph, NodeId id, const Node& op,
                                   const QuantPoint& y, std::vector<Attribute> attributes) {
    auto a = dequantized(graph, op.inputs[0]);
    auto b = dequantized(graph, op.inputs[1]);
    if (!a || !b) return Match::none();
    const auto y_scale = static_cast<double>(y.scale);
    double a_scale = static_cast<double>(a->scale) / y_scale;
    double b_scale = static_cast<double>(b->scale) / y_scale;
    const bool multiply = op.is("Mul");
    if (op.is("Sub")) b_scale = -b_scale;
    // The operand that can take the other one as its residual comes last.
    if (!multiply && !can_take_residual(graph, b->value) && can_take_residual(graph, a->value)) {
      std::swap(a, b);
      std::swap(a_scale, b_scale);
    }
    attributes.push_back(int_attr("a_zero", a->zero));
    attributes.push_back(int_attr("b_zero", b->zero));
    if (multiply) {
      const double scale = static_cast<double>(a->scale) * b_scale;
      attributes.push_back(float_attr("scale", static_cast<float>(scale)));
    } else {
      attributes.push_back(float_attr("a_scale", static_cast<float>(a_scale)));
      attributes.push_back(float_attr("b_scale", static_cast<float>(b_scale)));
    }
    VERNIER_ASSIGN(Node fused, node_like(op, multiply ? "QMul" : "QAdd", {a->value, b->value},
                                         std::move(attributes), "vernier"));
    return Match(replace_anchor(graph, id, Edit(graph), std::move(fused)));
  }

  /// True when a ReduceMean runs over all axes behind the channels.
  static bool is_global_mean(const Graph& graph, const Node& mean) {
    const ValueType& x = graph.value(mean.inputs[0]).type;
    const auto axes = int_constant(graph, input_of(mean, 1));
    if (!x.ranked || x.rank() < 3 || !axes || axes->size() != x.rank() - 2) return false;
    std::vector<bool> seen(x.rank(), false);
    for (std::int64_t axis : *axes) {
      if (axis < 0) axis += static_cast<std::int64_t>(x.rank());
      if (axis < 2 || axis >= static_cast<std::int64_t>(x.rank())) return false;
      seen[static_cast<std::size_t>(axis)] = true;
    }
    for (std::size_t i = 2; i < x.rank(); ++i) {
      if (!seen[i]) return false;
    }
    return true;
  }

  static Result<Match> fuse_pool(const Graph& graph, NodeId id, const Node& op, const QuantPoint& y,
                                 std::vector<Attribute> attributes) {
    const auto x = dequantized(graph, op.inputs[0]);
    const bool mean = op.is("ReduceMean");
    if (mean && !is_global_mean(graph, op)) {
      return Match::blocked("the mean is not over the whole picture");
    }
    if (op.is("AveragePool")) {
      attributes.insert(attributes.end(), op.attributes.begin(), op.attributes.end());
    } else {
      attributes.push_back(int_attr("global", 1));
    }
    attributes.push_back(int_attr("x_zero", x->zero));
    attributes.push_back(float_attr(
        "scale", static_cast<float>(static_cast<double>(x->scale) / static_cast<double>(y.scale))));
    Edit edit(graph);
    VERNIER_ASSIGN(Node fused,
                   node_like(op, "QAveragePool", {x->value}, std::move(attributes), "vernier"));
    if (!mean || int_attribute(op, "keepdims", 1) != 0) {
      return Match(replace_anchor(graph, id, std::move(edit), std::move(fused)));
    }
    const ValueId pooled = edit.add_node(std::move(fused));
    VERNIER_ASSIGN(Node squeeze, node_like(op, "Squeeze", {pooled, op.inputs[1]}));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(squeeze)));
  }
};

/// QAdd(r, QConv or QMatMul) of equal shapes: the sum takes r as its residual, behind the
/// quantization that the model has in between.
class FuseQuantResidual final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_quant_residual"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& add = graph.node(id);
    if (!add.is("vernier", "QAdd") || add.inputs[0] == add.inputs[1]) return Match::none();
    const ValueId residual = add.inputs[0];
    const ValueId integers = add.inputs[1];
    const Node* sum = producer_of(graph, integers);
    if (sum == nullptr || (!sum->is("vernier", "QConv") && !sum->is("vernier", "QMatMul"))) {
      return Match::none();
    }
    if (!can_take_residual(graph, integers)) return Match::blocked("the product has other uses");
    if (graph.is_constant(residual) ||
        !same_shape(graph.value(residual).type, graph.value(integers).type)) {
      return Match::blocked("the shapes are not known to be equal");
    }
    std::vector<Attribute> attributes;
    std::int64_t zero = 0;
    const DType dtype = graph.value(integers).type.dtype;
    std::int64_t low = lowest_of(dtype);
    std::int64_t high = highest_of(dtype);
    for (const Attribute& attribute : sum->attributes) {
      if (attribute.name == "y_zero") zero = int_attribute(*sum, "y_zero", 0);
      if (attribute.name == "y_low") low = int_attribute(*sum, "y_low", low);
      if (attribute.name == "y_high") high = int_attribute(*sum, "y_high", high);
      if (attribute.name.rfind("y_", 0) != 0) attributes.push_back(attribute);
    }
    attributes.push_back(int_attr("mid", 1));
    attributes.push_back(int_attr("mid_low", low - zero));
    attributes.push_back(int_attr("mid_high", high - zero));
    attributes.push_back(float_attr("mid_scale", float_attribute(add, "b_scale", 1.0F)));
    attributes.push_back(int_attr("residual_zero", int_attribute(add, "a_zero", 0)));
    attributes.push_back(float_attr("residual_scale", float_attribute(add, "a_scale", 1.0F)));
    for (const Attribute& attribute : add.attributes) {
      if (attribute.name.rfind("y_", 0) == 0) attributes.push_back(attribute);
    }
    std::vector<ValueId> inputs = sum->inputs;
    inputs.resize(kQuantResidual + 1, ValueId::none);
    inputs[kQuantResidual] = residual;
    if (input_of(add, 2) != ValueId::none) inputs.push_back(add.inputs[2]);
    VERNIER_ASSIGN(Node fused, node_like(*sum, sum->op->name, std::move(inputs),
                                         std::move(attributes), "vernier"));
    return Match(replace_anchor(graph, id, Edit(graph), std::move(fused)));
  }
};

}  // namespace

const Pass& fuse_quant_binary_pass() {
  static const FuseQuantBinary pass;
  return pass;
}

const Pass& fuse_quant_residual_pass() {
  static const FuseQuantResidual pass;
  return pass;
}

}  // namespace vernier
