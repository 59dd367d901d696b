#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// Cast(MatMulInteger(a, b)) to float32 -> MatMul of floats that hold the integers, likewise
/// ConvInteger: what dynamic quantization leaves, whose zero points are known when it runs only.
/// The sums are the same up to float32's rounding.
class FloatIntegerProducts final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "float_integer_products"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& cast = graph.node(id);
    if (!cast.is("Cast") || graph.value(cast.outputs[0]).type.dtype != DType::float32) {
      return Match::none();
    }
    ValueId sums = cast.inputs[0];
    // The bias of a convolution is an integer as well.
    ValueId bias = ValueId::none;
    if (const Node* add = producer_of(graph, sums, "Add")) {
      const std::size_t at = is_product(producer_of(graph, add->inputs[0])) ? 0 : 1;
      if (!graph.has_single_use(sums)) return Match::none();
      sums = add->inputs[at];
      bias = add->inputs[1 - at];
    }
    const Node* product = producer_of(graph, sums);
    if (!is_product(product)) return Match::none();
    const bool conv = product->is("ConvInteger");
    if (!graph.has_single_use(sums)) return Match::blocked("the sums have other uses");
    for (const std::size_t zero : {std::size_t{2}, std::size_t{3}}) {
      const ValueId point = input_of(*product, zero);
      if (point == ValueId::none) continue;
      // A row for each column of b broadcasts as it is; other axes would have to be turned.
      const ValueType& type = graph.value(point).type;
      const auto shape = type.shape();
      const bool by_column = zero == 3 && !conv && shape && shape->size() == 1;
      const bool one = shape && element_count(*shape) == 1 && (shape->empty() || zero == 2);
      if (!by_column && !one) return Match::blocked("an operand has several zero points");
    }
    Edit edit(graph);
    VERNIER_ASSIGN(const ValueId a, integers_as_floats(cast, *product, 0, edit));
    VERNIER_ASSIGN(const ValueId b, graph.is_constant(product->inputs[1])
                                        ? weight_as_floats(graph, *product, edit)
                                        : integers_as_floats(cast, *product, 1, edit));
    VERNIER_ASSIGN(Node real, node_like(*product, conv ? "Conv" : "MatMul", {a, b},
                                        conv ? product->attributes : std::vector<Attribute>{}));
    if (bias == ValueId::none) {
      return Match(replace_anchor(graph, id, std::move(edit), std::move(real)));
    }
    VERNIER_ASSIGN(const ValueId more, as_float(cast, bias, edit));
    VERNIER_ASSIGN(Node sum, node_like(cast, "Add", {edit.add_node(std::move(real)), more}));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(sum)));
  }

 private:
  static bool is_product(const Node* node) {
    return node != nullptr && (node->is("ConvInteger") || node->is("MatMulInteger"));
  }
  static Result<ValueId> as_float(const Node& cast, ValueId from, Edit& edit) {
    VERNIER_ASSIGN(Node node, node_like(cast, "Cast", {from},
                                        {{"to", static_cast<std::int64_t>(DType::float32)}}));
    return edit.add_node(std::move(node));
  }

  /// DequantizeLinear with scale 1: a weight that stays integers may be better than one of floats.
  static Result<ValueId> weight_as_floats(const Graph& graph, const Node& product, Edit& edit) {
    const ValueId zero = input_of(product, 3);
    Shape shape;
    std::vector<Attribute> attributes;
    if (zero != ValueId::none) shape = *graph.value(zero).type.shape();
    if (!shape.empty()) {
      const std::size_t rank = graph.value(product.inputs[1]).constant->shape().size();
      attributes.push_back({"axis", static_cast<std::int64_t>(rank) - 1});
    }
    const std::vector<float> ones(static_cast<std::size_t>(element_count(shape)), 1.0F);
    std::vector<ValueId> inputs = {
        product.inputs[1],
        edit.add_constant(product.name + ":scale", Tensor::from_float(ones, shape))};
    if (zero != ValueId::none) inputs.push_back(zero);
    VERNIER_ASSIGN(Node real, node_like(product, "DequantizeLinear", std::move(inputs),
                                        std::move(attributes)));
    return edit.add_node(std::move(real));
  }

  static Result<ValueId> integers_as_floats(const Node& cast, const Node& product, std::size_t i,
                                            Edit& edit) {
    VERNIER_ASSIGN(const ValueId integers, as_float(cast, product.inputs[i], edit));
    const ValueId zero = input_of(product, i + 2);
    if (zero == ValueId::none) return integers;
    VERNIER_ASSIGN(const ValueId point, as_float(cast, zero, edit));
    VERNIER_ASSIGN(Node difference, node_like(cast, "Sub", {integers, point}));
    return edit.add_node(std::move(difference));
  }
};

}  // namespace

const Pass& float_integer_products_pass() {
  static const FloatIntegerProducts pass;
  return pass;
}

}  // namespace vernier
