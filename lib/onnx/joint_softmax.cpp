#include "onnx/joint_softmax.h"

#include <algorithm>
#include <utility>

#include "base/checked_math.h"

namespace vernier::onnx {
namespace {

constexpr int kAlongOneAxis = 13;  ///< the opset from which on the axis is one axis

const Node* maker(const Graph& graph, ValueId id) {
  if (id == ValueId::none || graph.value(id).producer == NodeId::none) return nullptr;
  return &graph.node(graph.value(id).producer);
}

std::optional<std::int64_t> int_of(const Node& node, std::string_view name) {
  for (const Attribute& attribute : node.attributes) {
    const auto* value = std::get_if<std::int64_t>(&attribute.value);
    if (attribute.name == name && value != nullptr) return *value;
  }
  return std::nullopt;
}

bool is_softmax(const Node& node) {
  return node.is("Softmax") || node.is("LogSoftmax") || node.is("Hardmax");
}

/// The axis from which on `flat`, a matrix, holds the axes of `type` as one.
std::optional<std::int64_t> flattened_from(const ValueType& type, const ValueType& flat) {
  const auto from = type.shape();
  const auto to = flat.shape();
  if (!from || !to || to->size() != 2) return std::nullopt;
  const auto all = checked_mul((*to)[0], (*to)[1]);
  std::int64_t rows = 1;
  for (std::size_t axis = 0; axis < from->size(); ++axis) {  // a Reshape keeps their product
    if (rows == (*to)[0] && all && *all > 0) return static_cast<std::int64_t>(axis);
    const auto more = checked_mul(rows, (*from)[axis]);
    if (!more) return std::nullopt;
    rows = *more;
  }
  return std::nullopt;
}

/// The axis from which on `node` flattens what it reads.
std::optional<std::int64_t> flattening_axis(const Graph& graph, const Node& node) {
  const ValueType& type = graph.value(node.inputs[0]).type;
  if (node.is("Reshape")) return flattened_from(type, graph.value(node.outputs[0]).type);
  if (!node.is("Flatten")) return std::nullopt;
  std::int64_t axis = int_of(node, "axis").value_or(1);
  if (!type.ranked) return axis >= 0 ? std::optional(axis) : std::nullopt;
  const auto rank = static_cast<std::int64_t>(type.rank());
  if (axis < 0) axis += rank;
  return axis < rank ? std::optional(axis) : std::nullopt;
}

/// The only axis from `axis` on whose size is not 1.
std::optional<std::int64_t> single_axis(const ValueType& type, std::int64_t axis) {
  if (!type.ranked) return std::nullopt;
  std::optional<std::int64_t> found;
  for (std::size_t i = static_cast<std::size_t>(axis); i < type.rank(); ++i) {
    if (type.dims[i] == Dim::known(1)) continue;
    if (found) return std::nullopt;
    found = static_cast<std::int64_t>(i);
  }
  return found.value_or(axis);
}

bool restores_shape(const Graph& graph, const Node& reshape, ValueId input) {
  const Node* shape = maker(graph, reshape.inputs[1]);
  if (shape != nullptr && shape->is("Shape") && shape->inputs[0] == input) {
    return shape->attributes.empty();
  }
  const auto wanted = graph.value(input).type.shape();
  return wanted && wanted == graph.value(reshape.outputs[0]).type.shape();
}

}  // namespace

JointSoftmaxes::JointSoftmaxes(const Graph& graph, int opset) : graph_(graph), opset_(opset) {
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id) || !graph.node(id).is("Reshape")) continue;
    if (const auto joint = match(id)) absorb(id, *joint);
  }
}

std::optional<JointSoftmaxes::Joint> JointSoftmaxes::match(NodeId id) const {
  const Node& reshape = graph_.node(id);
  const ValueId normal = reshape.inputs[0];
  const Node* softmax = maker(graph_, normal);
  if (softmax == nullptr || !is_softmax(*softmax) || !graph_.has_single_use(normal)) {
    return std::nullopt;
  }
  const ValueId flat = softmax->inputs[0];
  const Node* flatten = maker(graph_, flat);
  const std::int64_t along = int_of(*softmax, "axis").value_or(-1);
  if (flatten == nullptr || graph_.value(flat).type.rank() != 2 || (along != -1 && along != 1)) {
    return std::nullopt;
  }
  const auto axis = flattening_axis(graph_, *flatten);
  const ValueId input = flatten->inputs[0];
  if (!axis || !restores_shape(graph_, reshape, input)) return std::nullopt;
  Joint joint{graph_.value(normal).producer, input, *axis};
  if (opset_ < kAlongOneAxis) return joint;
  const auto single = single_axis(graph_.value(input).type, *axis);
  if (!single) return std::nullopt;
  joint.axis = *single;
  return joint;
}

void JointSoftmaxes::absorb(NodeId reshape, const Joint& joint) {
  joints_[reshape] = joint;
  absorbed_.insert(joint.softmax);
  const auto only_here = [&](ValueId id) {
    return graph_.has_single_use(id) && graph_.value(id).producer != NodeId::none;
  };
  const ValueId flat = graph_.node(joint.softmax).inputs[0];
  if (only_here(flat)) absorbed_.insert(graph_.value(flat).producer);
  const ValueId shape = graph_.node(reshape).inputs[1];
  const Node* made = maker(graph_, shape);
  if (made != nullptr && made->is("Shape") && only_here(shape)) {
    absorbed_.insert(graph_.value(shape).producer);
  }
}

const Node* JointSoftmaxes::written_as(NodeId id) const {
  const auto found = joints_.find(id);
  return found == joints_.end() ? nullptr : &graph_.node(found->second.softmax);
}

void JointSoftmaxes::complete(NodeId id, NodeForm& form) const {
  const Joint& joint = joints_.at(id);
  form.inputs = {joint.input};
  form.attributes = {{"axis", joint.axis}};
}

}  // namespace vernier::onnx
