#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// Mul(x, Sigmoid(alpha x)) -> Swish(x).
class FuseSilu final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_silu"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (!node.is("Mul")) return Match::none();
    for (const ValueId gate : node.inputs) {
      const Node* sigmoid = producer_of(graph, gate, "Sigmoid");
      const auto x = other_input(node, gate);
      if (sigmoid == nullptr || !x || !is_real_float(graph.value(*x).type.dtype)) continue;
      Region region(id);
      region.add_producer(graph, gate);
      const auto argument = polynomial_in(graph, sigmoid->inputs[0], *x, region);
      if (!argument || (*argument)[0] != 0.0 || (*argument)[1] == 0.0 || (*argument)[2] != 0.0 ||
          (*argument)[3] != 0.0) {
        continue;
      }
      if (!region.closed(graph)) return Match::blocked("the gate has other uses");
      std::vector<Attribute> attributes;
      if ((*argument)[1] != 1.0) {
        attributes.push_back({"alpha", static_cast<float>((*argument)[1])});
      }
      VERNIER_ASSIGN(Node swish, node_like(node, "Swish", {*x}, std::move(attributes)));
      return Match(replace_anchor(graph, id, Edit(graph), std::move(swish)));
    }
    return Match::none();
  }
};

}  // namespace

const Pass& fuse_silu_pass() {
  static const FuseSilu pass;
  return pass;
}

}  // namespace vernier
