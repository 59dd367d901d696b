#include "passes/input_uses.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/checked_math.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

constexpr std::int64_t kNoAxis = -1;

/// Every element becomes another one, in its place.
constexpr std::string_view kPointwise[] = {"Abs",
                                           "Cast",
                                           "Ceil",
                                           "Clip",
                                           "Dropout",
                                           "Elu",
                                           "Erf",
                                           "Exp",
                                           "Floor",
                                           "Gelu",
                                           "HardSwish",
                                           "HardSigmoid",
                                           "Identity",
                                           "LeakyRelu",
                                           "Log",
                                           "LogSoftmax",
                                           "Mish",
                                           "Neg",
                                           "Not",
                                           "Reciprocal",
                                           "Relu",
                                           "Round",
                                           "Selu",
                                           "Sigmoid",
                                           "Sign",
                                           "Softmax",
                                           "Softplus",
                                           "Softsign",
                                           "Sqrt",
                                           "Tanh",
                                           "DequantizeLinear",
                                           "QuantizeLinear"};
constexpr std::string_view kWithConstant[] = {"Add", "Sub", "Mul", "Div", "Pow", "PRelu"};

template <std::size_t N>
bool is_one_of(const Node& node, const std::string_view (&names)[N]) {
  return node.op->domain.empty() &&
         std::find(std::begin(names), std::end(names), node.op->name) != std::end(names);
}

/// The shape of a constant, also behind what only casts, dequantizes or transposes it.
std::optional<Shape> constant_shape(const Graph& graph, ValueId id) {
  constexpr int kMostNodes = 8;
  std::vector<Perm> perms;
  for (int nodes = 0; id != ValueId::none && !graph.is_constant(id); ++nodes) {
    const Node* node = producer_of(graph, id);
    if (node == nullptr || nodes == kMostNodes) return std::nullopt;
    if (node->is("Transpose")) {
      perms.push_back(ints_attribute(*node, "perm"));
    } else if (!node->is("Identity") && !node->is("Cast") && !node->is("DequantizeLinear")) {
      return std::nullopt;
    }
    id = node->inputs[0];
  }
  if (id == ValueId::none) return std::nullopt;
  Shape shape = graph.value(id).constant->shape();
  for (auto perm = perms.rbegin(); perm != perms.rend(); ++perm) {
    Shape turned;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const std::size_t from =
          perm->empty() ? shape.size() - 1 - i
                        : (i < perm->size() ? static_cast<std::size_t>((*perm)[i]) : shape.size());
      if (from >= shape.size()) return std::nullopt;
      turned.push_back(shape[from]);
    }
    shape = turned;
  }
  return shape;
}

/// A value that an input became: which dim of the input each of its dims is.
struct Place {
  ValueId value = ValueId::none;
  std::optional<std::vector<std::int64_t>> axes;  ///< kNoAxis: none; nullopt: nothing is known
  bool elements = true;                           ///< they are the input's, perhaps of another type
};

/// Follows one input.
class Walk {
 public:
  Walk(const Graph& graph, ValueId input) : graph_(graph) {
    const ValueType& type = graph.value(input).type;
    Place start{input, std::nullopt, true};
    if (type.ranked) {
      use_.sizes.resize(type.rank(), 0);
      start.axes.emplace();
      for (std::size_t i = 0; i < type.rank(); ++i) {
        start.axes->push_back(static_cast<std::int64_t>(i));
      }
    }
    go_to(std::move(start));
  }

  InputUse run() {
    while (!waiting_.empty()) {
      const Place place = std::move(waiting_.back());
      waiting_.pop_back();
      for (const NodeId id : graph_.uses(place.value)) {
        const Node& node = graph_.node(id);
        for (std::size_t slot = 0; slot < node.formal_input_count(); ++slot) {
          if (node.inputs[slot] == place.value) read(node, slot, place);
        }
      }
    }
    return std::move(use_);
  }

 private:
  void go_to(Place place) {
    if (place.value == ValueId::none) return;  // an output that is left out
    if (!place.axes && !place.elements) return;
    if (seen_.insert(place.value).second) waiting_.push_back(std::move(place));
  }
  void pass_on(const Node& node, const Place& from, std::optional<std::vector<std::int64_t>> axes,
               bool elements) {
    if (!node.outputs.empty()) {
      go_to({node.outputs[0], std::move(axes), from.elements && elements});
    }
  }

  /// Dim `axis` of a place (negative: from the end) has `size` elements.
  void need(const Place& place, std::int64_t axis, std::int64_t size) {
    if (!place.axes || size < 1) return;
    const auto rank = static_cast<std::int64_t>(place.axes->size());
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) return;
    const std::int64_t dim = (*place.axes)[static_cast<std::size_t>(axis)];
    if (dim == kNoAxis) return;
    std::int64_t& known = use_.sizes[static_cast<std::size_t>(dim)];
    if (known == 0) known = size;
  }
  /// The dim `axis` of a place has the size of dim `of` of a constant operand.
  void need_dim(const Node& node, std::size_t operand, std::int64_t of, const Place& place,
                std::int64_t axis) {
    const auto shape = constant_shape(graph_, input_of(node, operand));
    if (!shape) return;
    const auto rank = static_cast<std::int64_t>(shape->size());
    if (of < 0) of += rank;
    if (of >= 0 && of < rank) need(place, axis, (*shape)[static_cast<std::size_t>(of)]);
  }

  void read(const Node& node, std::size_t slot, const Place& place) {
    if (node.is("Gather") && slot == 1) {
      look_up(node, place);
    } else if (takes_elements(node, slot)) {
      for (const ValueId output : node.outputs) go_to({output, std::nullopt, place.elements});
    } else if (slot == 0 && is_one_of(node, kPointwise)) {
      pass_on(node, place, place.axes, node.is("Identity") || node.is("Cast"));
    } else if (is_one_of(node, kWithConstant)) {
      broadcast(node, 1 - slot, place);
    } else if (node.is("MatMul") || node.is("Gemm") || node.is("MatMulInteger")) {
      multiply(node, slot, place);
    } else if (slot == 0) {
      read_first(node, place);
    } else if (slot == 5 || slot == 6) {
      read_state(node, place);
    }
  }

  /// Some or all elements of an operand, somewhere else.
  static bool takes_elements(const Node& node, std::size_t slot) {
    if (node.is("Concat")) return true;
    if (node.is("Where")) return slot > 0;
    return slot == 0 &&
           (node.is("Reshape") || node.is("Flatten") || node.is("Expand") || node.is("Gather") ||
            node.is("Slice") || node.is("Split") || node.is("Tile"));
  }

  void look_up(const Node& node, const Place& place) {
    if (!place.elements) return;
    const auto shape = constant_shape(graph_, node.inputs[0]);
    if (!shape) return;
    const std::int64_t axis = axis_in(int_attribute(node, "axis", 0), shape->size());
    if (axis == kNoAxis) return;
    const std::int64_t rows = (*shape)[static_cast<std::size_t>(axis)];
    if (rows > 0) use_.table_rows = use_.table_rows == 0 ? rows : std::min(use_.table_rows, rows);
  }

  void broadcast(const Node& node, std::size_t other, const Place& place) {
    const auto shape = constant_shape(graph_, input_of(node, other));
    if (!shape || !place.axes) return;
    std::vector<std::int64_t> axes = *place.axes;
    const auto missing =
        static_cast<std::int64_t>(shape->size()) - static_cast<std::int64_t>(axes.size());
    if (missing > 0) axes.insert(axes.begin(), static_cast<std::size_t>(missing), kNoAxis);
    const Place aligned{place.value, axes, false};
    for (std::size_t i = 0; i < shape->size(); ++i) {
      const std::int64_t size = (*shape)[shape->size() - 1 - i];
      if (size > 1) need(aligned, -1 - static_cast<std::int64_t>(i), size);
    }
    pass_on(node, place, std::move(axes), false);
  }

  void multiply(const Node& node, std::size_t slot, const Place& place) {
    if (slot > 1) return;
    const bool turned_here = int_attribute(node, slot == 0 ? "transA" : "transB", 0) != 0;
    const bool turned_other = int_attribute(node, slot == 0 ? "transB" : "transA", 0) != 0;
    const auto other = constant_shape(graph_, input_of(node, 1 - slot));
    if (!other || other->empty() || !place.axes) return;
    // The left one's columns are the right one's rows; a row of numbers has only one dim.
    const bool last_here = (slot == 0) != turned_here || place.axes->size() == 1;
    const bool last_other = (slot == 1) != turned_other || other->size() == 1;
    need_dim(node, 1 - slot, last_other ? -1 : -2, place, last_here ? -1 : -2);
  }

  void read_first(const Node& node, const Place& place) {
    if (node.is("Conv") || node.is("ConvInteger") || node.is("QLinearConv")) {
      const auto weight = constant_shape(graph_, input_of(node, node.is("QLinearConv") ? 3 : 1));
      const auto per_group = weight && weight->size() > 2 ? (*weight)[1] : 0;
      const auto channels = checked_mul(per_group, int_attribute(node, "group", 1));
      if (channels) need(place, 1, *channels);
    } else if (node.is("ConvTranspose")) {
      need_dim(node, 1, 0, place, 1);
    } else if (node.is("BatchNormalization") || node.is("InstanceNormalization") ||
               node.is("GroupNormalization")) {
      need_dim(node, 1, 0, place, 1);
      pass_on(node, place, place.axes, false);
    } else if (node.is("LayerNormalization") || node.is("RMSNormalization")) {
      need_dim(node, 1, -1, place, -1);
      pass_on(node, place, place.axes, false);
    } else if (is_recurrent(node)) {
      need_dim(node, 1, 2, place, 2);
    } else if (node.is("Transpose")) {
      transpose(node, place);
    } else if (node.is("Unsqueeze") || node.is("Squeeze")) {
      squeeze(node, place);
    }
  }

  static bool is_recurrent(const Node& node) {
    return node.is("LSTM") || node.is("GRU") || node.is("RNN");
  }
  /// States: [directions, batch, hidden], with layout 1 [batch, directions, hidden].
  void read_state(const Node& node, const Place& place) {
    if (!is_recurrent(node)) return;
    need_dim(node, 2, 2, place, -1);
    need_dim(node, 2, 0, place, int_attribute(node, "layout", 0) == 0 ? 0 : 1);
  }

  void transpose(const Node& node, const Place& place) {
    std::optional<std::vector<std::int64_t>> axes;
    const Perm perm = ints_attribute(node, "perm");
    if (place.axes && (perm.empty() || perm.size() == place.axes->size())) {
      axes.emplace();
      const auto rank = place.axes->size();
      for (std::size_t i = 0; i < rank; ++i) {
        const std::int64_t from =
            perm.empty() ? static_cast<std::int64_t>(rank - 1 - i) : axis_in(perm[i], rank);
        axes->push_back(from == kNoAxis ? kNoAxis : (*place.axes)[static_cast<std::size_t>(from)]);
      }
    }
    pass_on(node, place, std::move(axes), true);
  }

  void squeeze(const Node& node, const Place& place) {
    const auto listed = int_constant(graph_, input_of(node, 1));
    if (!listed || !place.axes) return pass_on(node, place, std::nullopt, true);
    const bool adds = node.is("Unsqueeze");
    const std::size_t rank = place.axes->size() + (adds ? listed->size() : 0);
    std::set<std::size_t> touched;
    for (const std::int64_t axis : *listed) {
      if (const std::int64_t at = axis_in(axis, rank); at != kNoAxis) {
        touched.insert(static_cast<std::size_t>(at));
      }
    }
    if (touched.size() != listed->size()) return pass_on(node, place, std::nullopt, true);
    std::vector<std::int64_t> axes;
    auto next = place.axes->begin();
    for (std::size_t i = 0; i < rank; ++i) {
      const bool listed_here = touched.count(i) != 0;
      if (adds) {
        axes.push_back(listed_here ? kNoAxis : *next++);
      } else if (!listed_here) {
        axes.push_back((*place.axes)[i]);
      }
    }
    pass_on(node, place, std::move(axes), true);
  }

  /// Counted from the front; kNoAxis when there is no such axis.
  static std::int64_t axis_in(std::int64_t axis, std::size_t rank) {
    if (axis < 0) axis += static_cast<std::int64_t>(rank);
    return axis >= 0 && axis < static_cast<std::int64_t>(rank) ? axis : kNoAxis;
  }

  const Graph& graph_;
  InputUse use_;
  std::vector<Place> waiting_;
  std::set<ValueId> seen_;
};

}  // namespace

std::vector<InputUse> input_uses(const Graph& graph) {
  std::vector<InputUse> uses;
  uses.reserve(graph.inputs.size());
  for (const Port& port : graph.inputs) uses.push_back(Walk(graph, port.value).run());
  return uses;
}

}  // namespace vernier
