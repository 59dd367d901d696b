#include <utility>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

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
    Perm perm = perm_of(graph, *turn);
    const std::int64_t axis = axis_of(node, perm.size());
    if (axis < 0 || axis + 1 >= std::ssize(perm)) return Match::none();
    if (!graph.has_single_use(node.inputs[0])) {
      return Match::blocked("the transposed value has other uses");
    }
    VERNIER_ASSIGN(Edit edit, along_last_axis(graph, id, axis, turn->inputs[0], std::move(perm)));
    return Match(std::move(edit));
  }
};

}  // namespace

const Pass& softmax_last_axis_pass() {
  static const SoftmaxLastAxis pass;
  return pass;
}

}  // namespace vernier
