#include "plan/layouts.h"

#include <algorithm>

#include "plan/views.h"

namespace vernier {

Strides strides_for(Layout layout, const Shape& shape) {
  if (layout == Layout::channels_last && shape.size() >= 3) return channels_last_strides(shape);
  return dense_strides(shape);
}

Layout layout_of(const Shape& shape, const Strides& strides) {
  if (is_dense(shape, strides)) return Layout::dense;
  if (is_channels_last(shape, strides)) return Layout::channels_last;
  return Layout::any;
}

namespace {

class LayoutWalk {
 public:
  LayoutWalk(const Graph& graph, const AssignmentTable& table)
      : graph_(graph), table_(table), strides_(graph.value_count()) {
    for (std::size_t i = 0; i < graph.value_count(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (const auto shape = graph.value(id).type.shape()) strides_[i] = dense_strides(*shape);
    }
    for (std::size_t i = 0; i < table.nodes.size(); ++i) {
      for (const ValueId output : graph.node(table.nodes[i].id).outputs) {
        if (output != ValueId::none) producer_[output] = i;
      }
    }
  }

  LayoutDecisions run(bool place_concats) {
    for (std::size_t i = 0; i < table_.nodes.size(); ++i) decisions_.nodes.push_back(visit(i));
    for (std::size_t i = table_.nodes.size(); place_concats && i-- > 0;) {
      if (table_.nodes[i].concat) place(i);
    }
    return std::move(decisions_);
  }

 private:
  const Node& node_at(std::size_t i) const { return graph_.node(table_.nodes[i].id); }

  NodeLayout visit(std::size_t i) {
    const NodeAssignment& a = table_.nodes[i];
    const Node& node = node_at(i);
    NodeLayout layout;
    if (a.dynamic) return layout;
    std::vector<ValueDesc> inputs = a.inputs;
    std::vector<Layout> current;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (inputs[k].present()) inputs[k].strides = strides_[index_of(node.inputs[k])];
      current.push_back(layout_of(inputs[k].shape, inputs[k].strides));
    }
    if (a.view) {
      auto views = view_of(node, inputs, a.outputs);
      if (!views) {  // across a gap: the emitter copies the input to dense order first
        layout.inputs = {Layout::dense};
        inputs[0].strides = dense_strides(inputs[0].shape);
        views = view_of(node, inputs, a.outputs);
      }
      for (std::size_t k = 0; k < node.outputs.size() && views; ++k) {
        if (node.outputs[k] != ValueId::none) {
          strides_[index_of(node.outputs[k])] = (*views)[k].strides;
        }
      }
      return layout;
    }
    if (a.concat) {
      const bool channels_last =
          a.outputs[0].shape.size() >= 3 &&
          std::find(current.begin(), current.end(), Layout::channels_last) != current.end();
      layout.output = channels_last ? Layout::channels_last : Layout::dense;
    } else {
      layout = a.backend->layout(node, inputs, a.outputs, current);
    }
    for (std::size_t k = 0; k < node.outputs.size(); ++k) {
      if (node.outputs[k] == ValueId::none) continue;
      strides_[index_of(node.outputs[k])] = strides_for(layout.output, a.outputs[k].shape);
    }
    return layout;
  }

  /// The value whose producer would write this part: the part itself, or the input of the Split
  /// whose outputs are exactly the parts `at`, `at + 1`, ... (then `count` of them are covered).
  ValueId source_of_part(const Node& concat, std::size_t at, std::size_t& count) const {
    const ValueId part = concat.inputs[at];
    count = 1;
    const auto producer = producer_.find(part);
    if (producer == producer_.end() || !table_.nodes[producer->second].view) return part;
    const Node& split = node_at(producer->second);
    if (!split.is("Split") || at + split.outputs.size() > concat.formal_input_count()) return part;
    const Shape& whole = table_.nodes[producer->second].inputs[0].shape;
    const Shape& piece = table_.nodes[producer->second].outputs[0].shape;
    const std::size_t axis = concat_axis(concat);
    if (axis >= whole.size() || whole[axis] == piece[axis]) return part;
    if (!std::equal(split.outputs.begin(), split.outputs.end(),
                    concat.inputs.begin() + static_cast<std::ptrdiff_t>(at))) {
      return part;
    }
    count = split.outputs.size();
    return split.inputs[0];
  }

  std::size_t concat_axis(const Node& concat) const {
    const Shape out = *graph_.value(concat.outputs[0]).type.shape();
    for (std::size_t axis = 0; axis < out.size(); ++axis) {
      const Shape first = *graph_.value(concat.inputs[0]).type.shape();
      if (first[axis] != out[axis]) return axis;
    }
    return 0;
  }

  bool can_place(ValueId value, const Strides& strides) const {
    const auto producer = producer_.find(value);
    if (producer == producer_.end() || graph_.is_output(value)) return false;
    if (decisions_.placements.contains(value)) return false;
    const NodeAssignment& a = table_.nodes[producer->second];
    if (a.view || a.dynamic) return false;
    const NodeLayout& layout = decisions_.nodes[producer->second];
    const Shape shape = *graph_.value(value).type.shape();
    if (!satisfies(layout.output, shape, strides)) return false;
    if (a.concat) return true;  // its own parts are placed or copied one by one
    if (layout.pitched_output) return true;
    const Strides natural = strides_for(layout.output, shape);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] > 1 && natural[i] != strides[i]) return false;
    }
    return true;
  }

  void place(std::size_t i) {
    const Node& node = node_at(i);
    const ValueId whole = node.outputs[0];
    Placement base{whole, 0,
                   strides_for(decisions_.nodes[i].output, table_.nodes[i].outputs[0].shape)};
    if (const auto outer = decisions_.placements.find(whole);
        outer != decisions_.placements.end()) {
      base = outer->second;
    }
    const std::size_t axis = concat_axis(node);
    std::int64_t position = 0;
    for (std::size_t k = 0; k < node.formal_input_count();) {
      std::size_t count = 1;
      const ValueId source = source_of_part(node, k, count);
      const Shape shape = *graph_.value(source).type.shape();
      if (can_place(source, base.strides) && element_count(shape) > 0) {
        decisions_.placements[source] = {base.anchor, base.offset + position * base.strides[axis],
                                         base.strides};
      }
      if (!shape.empty()) position += shape[axis];
      k += count;
    }
  }

  const Graph& graph_;
  const AssignmentTable& table_;
  std::vector<Strides> strides_;
  std::map<ValueId, std::size_t> producer_;
  LayoutDecisions decisions_;
};

}  // namespace

LayoutDecisions decide_layouts(const Graph& graph, const AssignmentTable& table,
                               const PlanOptions& options) {
  return LayoutWalk(graph, table).run(options.place_concats);
}

}  // namespace vernier
