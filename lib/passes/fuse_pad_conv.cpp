#include "base/checked_math.h"
#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// The pads of a Pad node as [begin of every axis, end of every axis]; nullopt when unknown.
std::optional<std::vector<std::int64_t>> all_pads(const Graph& graph, const Node& pad,
                                                  std::size_t rank) {
  const auto pads = int_constant(graph, input_of(pad, 1));
  if (!pads) return std::nullopt;
  const ValueId axes_id = input_of(pad, 3);
  if (axes_id == ValueId::none) {
    return pads->size() == 2 * rank ? pads : std::nullopt;
  }
  const auto axes = int_constant(graph, axes_id);
  if (!axes || pads->size() != 2 * axes->size()) return std::nullopt;
  std::vector<std::int64_t> all(2 * rank, 0);
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const auto signed_rank = static_cast<std::int64_t>(rank);
    const std::int64_t axis = (*axes)[i] < 0 ? (*axes)[i] + signed_rank : (*axes)[i];
    if (axis < 0 || axis >= signed_rank) return std::nullopt;
    const auto at = static_cast<std::size_t>(axis);
    all[at] = (*pads)[i];
    all[rank + at] = (*pads)[axes->size() + i];
  }
  return all;
}

/// Conv(Pad(x, zeros around spatial axes)) -> Conv(x) with larger pads.
class FusePadConv final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_pad_conv"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& conv = graph.node(id);
    if (!conv.is("Conv")) return Match::none();
    const Node* pad = producer_of(graph, conv.inputs[0], "Pad");
    if (pad == nullptr) return Match::none();
    if (string_attribute(*pad, "mode", "constant") != "constant") {
      return Match::blocked("the padding is not constant");
    }
    const ValueId fill = input_of(*pad, 2);
    if (fill != ValueId::none && scalar_constant(graph, fill) != 0.0) {
      return Match::blocked("the padding is not known to be zero");
    }
    if (string_attribute(conv, "auto_pad", "NOTSET") != "NOTSET") {
      return Match::blocked("the convolution pads automatically");
    }
    const ValueType& weight = graph.value(conv.inputs[1]).type;
    if (!weight.ranked || weight.rank() < 3) return Match::blocked("the rank is unknown");
    const std::size_t rank = weight.rank();
    const auto extra = all_pads(graph, *pad, rank);
    if (!extra) return Match::blocked("the pads are unknown");
    if ((*extra)[0] != 0 || (*extra)[1] != 0 || (*extra)[rank] != 0 || (*extra)[rank + 1] != 0) {
      return Match::blocked("batch or channels are padded");
    }
    auto pads = ints_attribute(conv, "pads");
    const std::size_t spatial = rank - 2;
    if (pads.empty()) pads.assign(2 * spatial, 0);
    if (pads.size() != 2 * spatial) return Match::none();
    for (std::size_t i = 0; i < spatial; ++i) {
      const auto begin = checked_add(pads[i], (*extra)[i + 2]);
      const auto end = checked_add(pads[spatial + i], (*extra)[rank + i + 2]);
      if ((*extra)[i + 2] < 0 || (*extra)[rank + i + 2] < 0 || !begin || !end) {
        return Match::blocked("the pads are negative");
      }
      pads[i] = *begin;
      pads[spatial + i] = *end;
    }
    std::vector<Attribute> attributes;
    for (const Attribute& attribute : conv.attributes) {
      if (attribute.name != "pads") attributes.push_back(attribute);
    }
    attributes.push_back({"pads", std::move(pads)});
    std::vector<ValueId> inputs = conv.inputs;
    inputs[0] = pad->inputs[0];
    VERNIER_ASSIGN(Node wider, node_like(conv, "Conv", std::move(inputs), std::move(attributes)));
    return Match(replace_anchor(graph, id, Edit(graph), std::move(wider)));
  }
};

}  // namespace

const Pass& fuse_pad_conv_pass() {
  static const FusePadConv pass;
  return pass;
}

}  // namespace vernier
