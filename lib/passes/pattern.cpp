#include "passes/pattern.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "graph/edit.h"
#include "ops/registry.h"
#include "tensor/element.h"

namespace vernier {

const Node* producer_of(const Graph& graph, ValueId id) {
  if (id == ValueId::none) return nullptr;
  const NodeId producer = graph.value(id).producer;
  return producer == NodeId::none ? nullptr : &graph.node(producer);
}

const Node* producer_of(const Graph& graph, ValueId id, std::string_view op) {
  const Node* node = producer_of(graph, id);
  return node != nullptr && node->is(op) ? node : nullptr;
}

ValueId input_of(const Node& node, std::size_t i) {
  return i < node.formal_input_count() ? node.inputs[i] : ValueId::none;
}

std::optional<double> element_as_double(const Tensor& tensor, std::int64_t i) {
  return visit_dtype(tensor.dtype(), [&](auto tag) -> std::optional<double> {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_void_v<T> || std::is_same_v<T, std::string> || is_complex_v<T>) {
      return std::nullopt;
    } else {
      T value{};
      std::memcpy(&value, tensor.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
      return static_cast<double>(load_element(value));
    }
  });
}

Result<std::vector<float>> constant_floats(const Graph& graph, ValueId id,
                                           const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(const Tensor tensor, graph.value(id).constant->to_aligned(budget));
  const auto span = tensor.span<float>();
  return std::vector<float>(span.begin(), span.end());
}

std::optional<double> scalar_constant(const Graph& graph, ValueId id) {
  if (!graph.is_constant(id)) return std::nullopt;
  const Tensor& tensor = *graph.value(id).constant;
  if (tensor.element_count() != 1) return std::nullopt;
  return element_as_double(tensor, 0);
}

std::optional<double> scalar_beside(const Graph& graph, ValueId id, ValueId other) {
  const auto value = scalar_constant(graph, id);
  if (!value) return std::nullopt;
  const std::size_t rank = graph.value(id).constant->shape().size();
  const ValueType& type = graph.value(other).type;
  if (rank > 0 && (!type.ranked || type.rank() < rank)) return std::nullopt;
  return value;
}

std::optional<std::vector<std::int64_t>> int_constant(const Graph& graph, ValueId id) {
  if (!graph.is_constant(id)) return std::nullopt;
  const auto tensor = graph.value(id).constant->to_aligned();
  if (!tensor) return std::nullopt;
  if (tensor->dtype() == DType::int64) {
    const auto values = tensor->span<std::int64_t>();
    return std::vector<std::int64_t>(values.begin(), values.end());
  }
  if (tensor->dtype() == DType::int32) {
    const auto values = tensor->span<std::int32_t>();
    return std::vector<std::int64_t>(values.begin(), values.end());
  }
  return std::nullopt;
}

namespace {

template <class T>
const T* find_attribute(const Node& node, std::string_view name) {
  for (const Attribute& attribute : node.attributes) {
    if (attribute.name == name) return std::get_if<T>(&attribute.value);
  }
  return nullptr;
}

bool same_tensor(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  if (a.data() == b.data()) return true;
  if (a.dtype() == DType::string) {
    const auto x = a.span<std::string>();
    const auto y = b.span<std::string>();
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  }
  return a.byte_count() == 0 || std::memcmp(a.data(), b.data(), a.byte_count()) == 0;
}

bool same_value(const AttributeValue& a, const AttributeValue& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& x) -> bool {
        using T = std::decay_t<decltype(x)>;
        const T& y = *std::get_if<T>(&b);
        if constexpr (std::is_same_v<T, Tensor>) {
          return same_tensor(x, y);
        } else if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, float> ||
                             std::is_same_v<T, std::string> || std::is_same_v<T, ValueType> ||
                             std::is_same_v<T, std::vector<std::int64_t>> ||
                             std::is_same_v<T, std::vector<float>> ||
                             std::is_same_v<T, std::vector<std::string>>) {
          return x == y;
        } else {
          return false;
        }
      },
      a);
}

}  // namespace

std::int64_t int_attribute(const Node& node, std::string_view name, std::int64_t fallback) {
  const auto* value = find_attribute<std::int64_t>(node, name);
  return value != nullptr ? *value : fallback;
}

float float_attribute(const Node& node, std::string_view name, float fallback) {
  const auto* value = find_attribute<float>(node, name);
  return value != nullptr ? *value : fallback;
}

std::string string_attribute(const Node& node, std::string_view name, const std::string& fallback) {
  const auto* value = find_attribute<std::string>(node, name);
  return value != nullptr ? *value : fallback;
}

std::vector<std::int64_t> ints_attribute(const Node& node, std::string_view name) {
  const auto* value = find_attribute<std::vector<std::int64_t>>(node, name);
  return value != nullptr ? *value : std::vector<std::int64_t>{};
}

bool has_attribute(const Node& node, std::string_view name) {
  return std::any_of(node.attributes.begin(), node.attributes.end(),
                     [&](const Attribute& attribute) { return attribute.name == name; });
}

bool same_attributes(const std::vector<Attribute>& a, const std::vector<Attribute>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Attribute& x, const Attribute& y) {
                      return x.name == y.name && same_value(x.value, y.value);
                    });
}

bool is_convolution(const Node& node) { return node.is("Conv") || node.is("ConvTranspose"); }
bool is_matrix_product(const Node& node) { return node.is("MatMul") || node.is("Gemm"); }
bool is_weighted(const Node& node) { return is_convolution(node) || is_matrix_product(node); }

bool is_plain_gemm(const Node& gemm) {
  return float_attribute(gemm, "alpha", 1.0F) == 1.0F &&
         float_attribute(gemm, "beta", 1.0F) == 1.0F && int_attribute(gemm, "transA", 0) == 0;
}

bool averages_all_pixels(const Graph& graph, const Node& node) {
  if (node.is("GlobalAveragePool")) return true;
  if (!node.is("ReduceMean") || int_attribute(node, "keepdims", 1) == 0) return false;
  const ValueType& x = graph.value(node.inputs[0]).type;
  const auto axes = int_constant(graph, input_of(node, 1));
  if (!axes || !x.ranked || x.rank() < 3 || axes->size() != x.rank() - 2) return false;
  const auto rank = static_cast<std::int64_t>(x.rank());
  std::vector<bool> reduced(x.rank(), false);
  for (const std::int64_t axis : *axes) {
    const std::int64_t at = axis < 0 ? axis + rank : axis;
    if (at < 2 || at >= rank || reduced[static_cast<std::size_t>(at)]) return false;
    reduced[static_cast<std::size_t>(at)] = true;
  }
  return true;
}

Perm perm_of(const Graph& graph, const Node& transpose) {
  Perm perm = ints_attribute(transpose, "perm");
  for (const std::int64_t axis : perm) {
    if (axis < 0 || axis >= static_cast<std::int64_t>(perm.size())) return {};
  }
  if (!perm.empty()) return perm;
  const ValueType& type = graph.value(transpose.inputs[0]).type;
  if (!type.ranked) return {};
  for (std::size_t i = type.rank(); i-- > 0;) perm.push_back(static_cast<std::int64_t>(i));
  return perm;
}

std::int64_t axis_of(const Node& node, std::size_t rank) {
  const std::int64_t axis = int_attribute(node, "axis", -1);
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

Result<Edit> along_last_axis(const Graph& graph, NodeId id, std::int64_t axis, ValueId input,
                             Perm perm) {
  const Node& node = graph.node(id);
  const auto last = static_cast<std::int64_t>(perm.size()) - 1;
  Perm back(perm.size());
  std::iota(back.begin(), back.end(), 0);
  std::swap(back[static_cast<std::size_t>(axis)], back.back());
  std::swap(perm[static_cast<std::size_t>(axis)], perm.back());
  Edit edit(graph);
  VERNIER_ASSIGN(Node front, node_like(node, "Transpose", {input}, {{"perm", std::move(perm)}}));
  front.name += "/front";
  const ValueId turned = edit.add_node(std::move(front));
  VERNIER_ASSIGN(Node along, node_like(node, node.op->name, {turned}, {{"axis", last}}));
  const ValueId made = edit.add_node(std::move(along));
  VERNIER_ASSIGN(Node behind, node_like(node, "Transpose", {made}, {{"perm", std::move(back)}}));
  behind.name += "/transpose";
  return replace_anchor(graph, id, std::move(edit), std::move(behind));
}

bool is_one_pixel(const ValueType& type) {
  return type.ranked && type.rank() >= 3 &&
         std::all_of(type.dims.begin() + 2, type.dims.end(),
                     [](const Dim& dim) { return dim.is_known() && dim.value == 1; });
}

bool same_shape(const ValueType& a, const ValueType& b) {
  if (!a.ranked || !b.ranked || a.dims.size() != b.dims.size()) return false;
  for (std::size_t i = 0; i < a.dims.size(); ++i) {
    if (a.dims[i] != b.dims[i]) return false;
    if (!a.dims[i].is_known() && a.dims[i].symbol.empty()) return false;
  }
  return true;
}

bool is_real_float(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float64 || dtype == DType::float16 ||
         dtype == DType::bfloat16;
}

bool nearly(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(std::abs(b), 1e-6); }

void Region::add(NodeId id) {
  if (id != NodeId::none && std::find(nodes_.begin(), nodes_.end(), id) == nodes_.end()) {
    nodes_.push_back(id);
  }
}

bool Region::closed(const Graph& graph) const {
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    for (const ValueId output : graph.node(nodes_[i]).outputs) {
      if (output == ValueId::none) continue;
      if (graph.is_output(output)) return false;
      for (const NodeId user : graph.uses(output)) {
        if (std::find(nodes_.begin(), nodes_.end(), user) == nodes_.end()) return false;
      }
    }
  }
  return true;
}

namespace {

constexpr int kMaxPatternDepth = 8;

std::optional<Polynomial> multiply(const Polynomial& a, const Polynomial& b) {
  Polynomial product{};
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      const double term = a[i] * b[j];
      if (term == 0.0) continue;
      if (i + j >= product.size()) return std::nullopt;
      product[i + j] += term;
    }
  }
  return product;
}

bool is_scalar_polynomial(const Polynomial& p) { return p[1] == 0.0 && p[2] == 0.0 && p[3] == 0.0; }

/// `depth` bounds the walk, so that hostile graphs cannot make it deep or wide.
std::optional<Polynomial> walk(const Graph& graph, ValueId id, ValueId x, Region& region,
                               int depth) {
  if (id == x) return Polynomial{0.0, 1.0, 0.0, 0.0};
  if (const auto value = scalar_beside(graph, id, x)) return Polynomial{*value, 0.0, 0.0, 0.0};
  const Node* node = producer_of(graph, id);
  if (node == nullptr || depth == 0 || !node->op->domain.empty()) return std::nullopt;
  const std::string_view op = node->op->name;
  const bool known_op =
      op == "Add" || op == "Sub" || op == "Mul" || op == "Div" || op == "Pow" || op == "Neg";
  if (!known_op) return std::nullopt;
  const auto a = walk(graph, node->inputs[0], x, region, depth - 1);
  if (!a) return std::nullopt;
  std::optional<Polynomial> result;
  if (op == "Neg") {
    result = multiply(*a, Polynomial{-1.0, 0.0, 0.0, 0.0});
  } else {
    const auto b = walk(graph, node->inputs[1], x, region, depth - 1);
    if (!b) return std::nullopt;
    if (op == "Add" || op == "Sub") {
      result = *a;
      for (std::size_t i = 0; i < b->size(); ++i) (*result)[i] += op == "Add" ? (*b)[i] : -(*b)[i];
    } else if (op == "Mul") {
      result = multiply(*a, *b);
    } else if (!is_scalar_polynomial(*b)) {
      return std::nullopt;
    } else if (op == "Div") {
      if ((*b)[0] == 0.0) return std::nullopt;
      result = multiply(*a, Polynomial{1.0 / (*b)[0], 0.0, 0.0, 0.0});
    } else if ((*b)[0] == 2.0 || (*b)[0] == 3.0) {
      result = multiply(*a, *a);
      if (result && (*b)[0] == 3.0) result = multiply(*result, *a);
    }
  }
  if (result) region.add(graph.value(id).producer);
  return result;
}

}  // namespace

std::optional<Polynomial> polynomial_in(const Graph& graph, ValueId id, ValueId x, Region& region) {
  return walk(graph, id, x, region, kMaxPatternDepth);
}

Product product_of(const Graph& graph, NodeId id, Region& region) {
  constexpr std::size_t kMostNodes = 8;
  Product product;
  std::vector<NodeId> pending = {id};
  while (!pending.empty()) {
    const Node& node = graph.node(pending.back());
    pending.pop_back();
    const bool divides = node.is("Div");
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId input = node.inputs[i];
      const auto constant = scalar_beside(graph, input, node.inputs[1 - i]);
      if (constant) {
        product.factor *= divides && i == 1 ? 1.0 / *constant : *constant;
        continue;
      }
      const Node* producer = producer_of(graph, input);
      const bool enter =
          producer != nullptr && graph.has_single_use(input) && region.size() < kMostNodes &&
          (producer->is("Mul") ||
           (producer->is("Div") &&
            scalar_beside(graph, producer->inputs[1], producer->inputs[0]).value_or(0.0) != 0.0));
      if (!enter) {
        product.leaves.push_back(input);
        continue;
      }
      pending.push_back(graph.value(input).producer);
      region.add(graph.value(input).producer);
    }
  }
  return product;
}

std::optional<InputSlot> bias_slot(const Graph& graph, NodeId product) {
  const Node& node = graph.node(product);
  if (!node.is("MatMul")) return InputSlot{product, 2};
  const ValueId made = node.outputs[0];
  if (!graph.has_single_use(made)) return std::nullopt;
  const NodeId reader = graph.uses(made)[0];
  const Node& add = graph.node(reader);
  const auto beside = add.is("Add") ? other_input(add, made) : std::nullopt;
  if (!beside || !graph.is_constant(*beside)) return std::nullopt;
  const Tensor& row = *graph.value(*beside).constant;
  const Tensor& weight = *graph.value(node.inputs[1]).constant;
  const std::int64_t columns = weight.shape().empty() ? 1 : weight.shape().back();
  const auto& type = graph.value(made).type;
  const bool is_row = row.dtype() == DType::float32 && type.ranked &&
                      row.shape().size() <= type.rank() &&
                      (row.element_count() == 1 ||
                       (row.element_count() == columns && row.shape().back() == columns));
  if (!is_row) return std::nullopt;
  return InputSlot{reader, add.inputs[0] == made ? std::size_t{1} : std::size_t{0}};
}

std::optional<ValueId> other_input(const Node& node, ValueId known) {
  if (node.formal_input_count() != 2) return std::nullopt;
  if (node.inputs[0] == known && node.inputs[1] != known) return node.inputs[1];
  if (node.inputs[1] == known && node.inputs[0] != known) return node.inputs[0];
  return std::nullopt;
}

Result<Node> node_like(const Node& model, std::string_view op, std::vector<ValueId> inputs,
                       std::vector<Attribute> attributes, std::string_view domain) {
  const OpDef* def = find_op(domain, op);
  if (def == nullptr) return internal_error("operator '" + std::string(op) + "' is not registered");
  return make_node(def, model.name, model.opset, std::move(inputs), std::move(attributes));
}

bool can_forward(const Graph& graph, ValueId from, ValueId to) {
  if (!graph.is_output(from)) return true;
  return !graph.is_output(to) && graph.value(to).producer != NodeId::none;
}

ValueId find_below(const Graph& graph, ValueId id, std::initializer_list<std::string_view> ops) {
  constexpr int kMaxSteps = 4;
  for (int step = 0; step <= kMaxSteps; ++step) {
    const Node* node = producer_of(graph, id);
    if (node == nullptr || !node->op->domain.empty()) return ValueId::none;
    if (std::find(ops.begin(), ops.end(), node->op->name) != ops.end()) return id;
    if (!node->is("Add") && !node->is("Sub") && !node->is("Mul") && !node->is("Div")) {
      return ValueId::none;
    }
    if (scalar_constant(graph, node->inputs[1])) {
      id = node->inputs[0];
    } else if (scalar_constant(graph, node->inputs[0])) {
      id = node->inputs[1];
    } else {
      return ValueId::none;
    }
  }
  return ValueId::none;
}

Edit replace_anchor(const Graph& graph, NodeId anchor, Edit edit, Node node) {
  const ValueId output = edit.add_node(std::move(node));
  edit.replace(graph.node(anchor).outputs[0], output);
  edit.remove(anchor);
  return edit;
}

}  // namespace vernier
