#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// HardSwish(x) = x * Clip(x + 3, 0, 6) / 6 in the orders exporters write, or x * HardSigmoid(x);
/// Clip(x + 3, 0, 6) / 6 alone becomes HardSigmoid(x).
class FuseHardSwish final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_hard_swish"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    const bool divides =
        node.is("Div") && scalar_beside(graph, node.inputs[1], node.inputs[0]).value_or(0.0) != 0.0;
    if (!node.is("Mul") && !divides) return Match::none();
    if (!is_real_float(graph.value(node.outputs[0]).type.dtype)) return Match::none();
    Region region(id);
    const Product product = product_of(graph, id, region);
    if (product.leaves.size() == 1 && nearly(product.factor, 1.0 / 6.0)) {
      const ValueId x = clipped_source(graph, product.leaves[0]);
      if (x == ValueId::none || !is_relu6_of(graph, product.leaves[0], x, region)) {
        return Match::none();
      }
      return finish(graph, id, region, "HardSigmoid", x,
                    {attr_float("alpha", 1.0F / 6.0F), attr_float("beta", 0.5F)});
    }
    if (product.leaves.size() != 2) return Match::none();
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId x = product.leaves[i];
      const ValueId gate = product.leaves[1 - i];
      Region tried = region;
      const bool clipped = nearly(product.factor, 1.0 / 6.0) && is_relu6_of(graph, gate, x, tried);
      const bool gated = product.factor == 1.0 && is_hard_sigmoid_of(graph, gate, x, tried);
      if (clipped || gated) return finish(graph, id, tried, "HardSwish", x, {});
    }
    return Match::none();
  }

 private:
  static Attribute attr_float(const char* name, float value) { return {name, value}; }

  static Result<Match> finish(const Graph& graph, NodeId id, const Region& region,
                              std::string_view op, ValueId x, std::vector<Attribute> attributes) {
    if (!region.closed(graph)) return Match::blocked("an inner value has other uses");
    VERNIER_ASSIGN(Node fused, node_like(graph.node(id), op, {x}, std::move(attributes)));
    return Match(replace_anchor(graph, id, Edit(graph), std::move(fused)));
  }

  /// x of Clip(Add(x, constant)).
  static ValueId clipped_source(const Graph& graph, ValueId id) {
    const Node* clip = producer_of(graph, id, "Clip");
    const Node* add = clip != nullptr ? producer_of(graph, clip->inputs[0], "Add") : nullptr;
    if (add == nullptr) return ValueId::none;
    return graph.is_constant(add->inputs[0]) ? add->inputs[1] : add->inputs[0];
  }

  static bool is_relu6_of(const Graph& graph, ValueId id, ValueId x, Region& region) {
    const Node* clip = producer_of(graph, id, "Clip");
    if (clip == nullptr) return false;
    const ValueId low = input_of(*clip, 1);
    const ValueId high = input_of(*clip, 2);
    if (low == ValueId::none || high == ValueId::none || scalar_constant(graph, low) != 0.0 ||
        scalar_constant(graph, high) != 6.0) {
      return false;
    }
    region.add_producer(graph, id);
    const auto argument = polynomial_in(graph, clip->inputs[0], x, region);
    return argument && *argument == Polynomial{3.0, 1.0, 0.0, 0.0};
  }

  static bool is_hard_sigmoid_of(const Graph& graph, ValueId id, ValueId x, Region& region) {
    const Node* gate = producer_of(graph, id, "HardSigmoid");
    if (gate == nullptr || gate->inputs[0] != x) return false;
    const auto alpha = static_cast<double>(float_attribute(*gate, "alpha", 0.2F));
    const auto beta = static_cast<double>(float_attribute(*gate, "beta", 0.5F));
    region.add_producer(graph, id);
    return nearly(alpha, 1.0 / 6.0) && beta == 0.5;
  }
};

}  // namespace

const Pass& fuse_hard_swish_pass() {
  static const FuseHardSwish pass;
  return pass;
}

}  // namespace vernier
