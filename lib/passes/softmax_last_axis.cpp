#include <numeric>
#include <utility>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

using Perm = std::vector<std::int64_t>;

/// Softmax(Transpose(x)) along another axis than the last -> Transpose(Softmax(Transpose(x))) along
/// the last, the inner Transpose being merged with the one that was there. For runtimes that
/// transpose before and behind every such Softmax (ONNX Runtime's CPU kernels).
class SoftmaxLastAxis final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "softmax_last_axis"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    constexpr int kOneAxis = 13;  // before, all axes from `axis` on were one
    const Node& node = graph.node(id);
    if (!node.is("Softmax") && !node.is("LogSoftmax")) return Match::none();
    const Node* turn = producer_of(graph, node.inputs[0], "Transpose");
    if (turn == nullptr || node.opset < kOneAxis) return Match::none();
    Perm perm = ints_attribute(*turn, "perm");
    const auto rank = std::ssize(perm);
    std::int64_t axis = int_attribute(node, "axis", -1);
    if (axis < 0) axis += rank;
    if (rank == 0 || axis < 0 || axis + 1 >= rank) return Match::none();
    if (!graph.has_single_use(node.inputs[0])) {
      return Match::blocked("the transposed value has other uses");
    }
    Perm back(static_cast<std::size_t>(rank));
    std::iota(back.begin(), back.end(), 0);
    std::swap(perm[static_cast<std::size_t>(axis)], perm.back());
    std::swap(back[static_cast<std::size_t>(axis)], back.back());
    Edit edit(graph);
    VERNIER_ASSIGN(Node inner,
                   node_like(*turn, "Transpose", {turn->inputs[0]}, {{"perm", std::move(perm)}}));
    const ValueId turned = edit.add_node(std::move(inner));
    VERNIER_ASSIGN(Node softmax, node_like(node, node.op->name, {turned}, {{"axis", rank - 1}}));
    const ValueId made = edit.add_node(std::move(softmax));
    VERNIER_ASSIGN(Node late, node_like(node, "Transpose", {made}, {{"perm", std::move(back)}}));
    late.name += "/transpose";
    return Match(replace_anchor(graph, id, std::move(edit), std::move(late)));
  }
};

}  // namespace

const Pass& softmax_last_axis_pass() {
  static const SoftmaxLastAxis pass;
  return pass;
}

}  // namespace vernier
