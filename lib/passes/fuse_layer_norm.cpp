#include <algorithm>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

/// What Div(x - mean(x), sqrt(mean((x - mean(x))^2) + eps)) says.
struct Norm {
  ValueId x = ValueId::none;
  std::vector<std::int64_t> axes;
  double epsilon = 0.0;
};

/// (source, axes) of a ReduceMean that keeps its dims.
std::optional<std::pair<ValueId, std::vector<std::int64_t>>> mean_of(const Graph& graph,
                                                                     ValueId id) {
  const Node* mean = producer_of(graph, id, "ReduceMean");
  if (mean == nullptr || int_attribute(*mean, "keepdims", 1) != 1) return std::nullopt;
  auto axes = int_constant(graph, input_of(*mean, 1));
  if (!axes || axes->empty()) return std::nullopt;
  return std::pair{mean->inputs[0], *std::move(axes)};
}

/// x and axes of Sub(x, ReduceMean(x, axes)).
std::optional<std::pair<ValueId, std::vector<std::int64_t>>> centred(const Graph& graph, ValueId id,
                                                                     Region& region) {
  const Node* sub = producer_of(graph, id, "Sub");
  if (sub == nullptr) return std::nullopt;
  auto mean = mean_of(graph, sub->inputs[1]);
  if (!mean || mean->first != sub->inputs[0]) return std::nullopt;
  region.add_producer(graph, id);
  region.add_producer(graph, sub->inputs[1]);
  return mean;
}

/// The value that `id` is the square of.
ValueId square_root_of(const Graph& graph, ValueId id) {
  if (const Node* pow = producer_of(graph, id, "Pow")) {
    return scalar_constant(graph, pow->inputs[1]) == 2.0 ? pow->inputs[0] : ValueId::none;
  }
  if (const Node* mul = producer_of(graph, id, "Mul")) {
    return mul->inputs[0] == mul->inputs[1] ? mul->inputs[0] : ValueId::none;
  }
  return ValueId::none;
}

std::optional<Norm> match_norm(const Graph& graph, const Node& div, Region& region) {
  const auto top = centred(graph, div.inputs[0], region);
  const Node* root = producer_of(graph, div.inputs[1], "Sqrt");
  if (!top || root == nullptr) return std::nullopt;
  const Node* sum = producer_of(graph, root->inputs[0], "Add");
  if (sum == nullptr) return std::nullopt;
  const std::size_t side = scalar_constant(graph, sum->inputs[1]) ? 1 : 0;
  const auto epsilon = scalar_beside(graph, sum->inputs[side], sum->inputs[1 - side]);
  const ValueId variance = sum->inputs[1 - side];
  const auto spread = mean_of(graph, variance);
  if (!epsilon || !spread || spread->second != top->second) return std::nullopt;
  const ValueId difference = square_root_of(graph, spread->first);
  if (difference == ValueId::none) return std::nullopt;
  if (difference != div.inputs[0]) {
    const auto again = centred(graph, difference, region);
    if (!again || *again != *top) return std::nullopt;
  }
  region.add_producer(graph, div.inputs[1]);
  region.add_producer(graph, root->inputs[0]);
  region.add_producer(graph, variance);
  region.add_producer(graph, spread->first);
  return Norm{top->first, top->second, *epsilon};
}

/// First of the trailing axes that are reduced; nullopt when they are not the trailing ones.
std::optional<std::size_t> trailing_axis(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<std::int64_t> sorted;
  for (const std::int64_t axis : axes) {
    sorted.push_back(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
  }
  std::sort(sorted.begin(), sorted.end());
  const std::size_t first = rank - std::min(rank, sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<std::int64_t>(first + i)) return std::nullopt;
  }
  return first;
}

/// LayerNormalization as torch exports it before opset 17: ReduceMean, Sub, Pow, ReduceMean, Add,
/// Sqrt, Div, then Mul by the scale and Add of the bias where they have the normalised dims.
class FuseLayerNorm final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_layer_norm"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& div = graph.node(id);
    if (!div.is("Div")) return Match::none();
    Region inner(id);
    const auto norm = match_norm(graph, div, inner);
    if (!norm) return Match::none();
    const ValueType& type = graph.value(norm->x).type;
    if (type.dtype != DType::float32) return Match::blocked("the data is not float");
    if (!type.ranked) return Match::blocked("the rank is unknown");
    const auto axis = trailing_axis(norm->axes, type.rank());
    if (!axis) return Match::blocked("the axes are not the last ones");
    if (!inner.closed(graph)) return Match::blocked("an inner value has other uses");
    Shape dims;
    for (std::size_t i = *axis; i < type.rank(); ++i) {
      if (!type.dims[i].is_known()) return Match::blocked("the normalised dims are unknown");
      dims.push_back(type.dims[i].value);
    }
    return rewrite(graph, id, *norm, *axis, dims);
  }

 private:
  /// The parameter that the only reader of `id`, an `op` node, combines with it; updates `id`.
  static ValueId absorb(const Graph& graph, ValueId& id, std::string_view op, const Shape& dims) {
    if (!graph.has_single_use(id)) return ValueId::none;
    const Node& user = graph.node(graph.uses(id)[0]);
    if (!user.is(op)) return ValueId::none;
    const auto other = other_input(user, id);
    if (!other || graph.value(*other).type.dtype != DType::float32 ||
        graph.value(*other).type.shape() != dims) {
      return ValueId::none;
    }
    id = user.outputs[0];
    return *other;
  }

  static Result<Match> rewrite(const Graph& graph, NodeId id, const Norm& norm, std::size_t axis,
                               const Shape& dims) {
    Edit edit(graph);
    ValueId last = graph.node(id).outputs[0];
    ValueId scale = absorb(graph, last, "Mul", dims);
    const ValueId bias = absorb(graph, last, "Add", dims);
    if (scale == ValueId::none) {
      const std::vector<float> ones(static_cast<std::size_t>(element_count(dims)), 1.0F);
      scale = edit.add_constant("ones", Tensor::from_float(ones, dims));
    }
    std::vector<ValueId> inputs = {norm.x, scale};
    if (bias != ValueId::none) inputs.push_back(bias);
    const NodeId anchor = graph.value(last).producer;
    VERNIER_ASSIGN(Node node, node_like(graph.node(anchor), "LayerNormalization", std::move(inputs),
                                        {{"axis", static_cast<std::int64_t>(axis)},
                                         {"epsilon", static_cast<float>(norm.epsilon)}}));
    return Match(replace_anchor(graph, anchor, std::move(edit), std::move(node)));
  }
};

}  // namespace

const Pass& fuse_layer_norm_pass() {
  static const FuseLayerNorm pass;
  return pass;
}

}  // namespace vernier
