#include <cmath>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// Gelu in the forms that exporters write: x (1 + erf(x / sqrt 2)) / 2, and
/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, whatever the order and grouping of factors.
class FuseGelu final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_gelu"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    const bool divides =
        node.is("Div") && scalar_beside(graph, node.inputs[1], node.inputs[0]).value_or(0.0) != 0.0;
    if (!node.is("Mul") && !divides) return Match::none();
    if (!is_real_float(graph.value(node.outputs[0]).type.dtype)) return Match::none();
    Region region(id);
    const Product product = product_of(graph, id, region);
    if (product.leaves.size() != 2) return Match::none();
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId x = product.leaves[i];
      const ValueId gate = product.leaves[1 - i];
      Region tried = region;
      const char* approximate = form_of(graph, gate, x, product.factor, tried);
      if (approximate == nullptr) continue;
      if (!tried.closed(graph)) return Match::blocked("an inner value has other uses");
      VERNIER_ASSIGN(Node gelu,
                     node_like(node, "Gelu", {x}, {{"approximate", std::string(approximate)}}));
      return Match(replace_anchor(graph, id, Edit(graph), std::move(gelu)));
    }
    return Match::none();
  }

 private:
  /// "none" or "tanh" when factor * x * gate is Gelu(x), nullptr otherwise.
  static const char* form_of(const Graph& graph, ValueId gate, ValueId x, double factor,
                             Region& region) {
    const ValueId inner = find_below(graph, gate, {"Erf", "Tanh"});
    if (inner == ValueId::none) return nullptr;
    const auto outer = polynomial_in(graph, gate, inner, region);
    if (!outer || !nearly((*outer)[0] * factor, 0.5) || !nearly((*outer)[1] * factor, 0.5) ||
        (*outer)[2] != 0.0 || (*outer)[3] != 0.0) {
      return nullptr;
    }
    const Node& function = *producer_of(graph, inner);
    region.add_producer(graph, inner);
    const auto argument = polynomial_in(graph, function.inputs[0], x, region);
    if (!argument || (*argument)[0] != 0.0 || (*argument)[2] != 0.0) return nullptr;
    if (function.is("Erf")) {
      return nearly((*argument)[1], std::sqrt(0.5)) && (*argument)[3] == 0.0 ? "none" : nullptr;
    }
    const double slope = std::sqrt(2.0 / 3.14159265358979323846);
    return nearly((*argument)[1], slope) && nearly((*argument)[3], slope * 0.044715) ? "tanh"
                                                                                     : nullptr;
  }
};

}  // namespace

const Pass& fuse_gelu_pass() {
  static const FuseGelu pass;
  return pass;
}

}  // namespace vernier
