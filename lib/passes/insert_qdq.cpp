#include "passes/insert_qdq.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "graph/edit.h"
#include "graph/infer.h"
#include "graph/verify.h"
#include "ops/conv.h"
#include "ops/registry.h"
#include "passes/pattern.h"
#include "quant/saturation.h"

namespace vernier {
namespace {

Error recipe_error(const std::string& text) { return invalid_data(text, "E-RECIPE"); }

template <class T>
Result<Tensor> make_tensor(DType dtype, const Shape& shape, const std::vector<T>& values,
                           const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(dtype, shape, budget));
  std::memcpy(tensor.mutable_as<T>(), values.data(), values.size() * sizeof(T));
  return tensor;
}

Result<void> check_weight(const Graph& graph, const Node& node, const RecipeWeight& weight) {
  if (!is_weighted(node) || !graph.is_constant(node.inputs[1]) ||
      graph.value(node.inputs[1]).constant->dtype() != DType::float32) {
    return recipe_error("node '" + weight.node + "' has no constant float weight");
  }
  const Shape& shape = graph.value(node.inputs[1]).constant->shape();
  const bool axis_fits = weight.axis >= 0 && static_cast<std::size_t>(weight.axis) < shape.size();
  const auto count = static_cast<std::int64_t>(weight.scales.size());
  if (!axis_fits || (count != 1 && count != shape[static_cast<std::size_t>(weight.axis)])) {
    return recipe_error("the scales for '" + weight.node + "' do not fit its weight of shape " +
                        to_string(shape));
  }
  const auto elements = static_cast<std::size_t>(element_count(shape));
  if (!weight.other.empty() && weight.other.size() != (elements + 7) / 8) {
    return recipe_error("the roundings for '" + weight.node + "' do not fit its weight of shape " +
                        to_string(shape));
  }
  return {};
}

Result<void> check_bias(const Graph& graph, NodeId id, const QuantRecipe& recipe,
                        const RecipeBias& bias, const RecipeWeight* weight) {
  if (weight == nullptr) {
    return recipe_error("the bias of '" + bias.node + "' is changed but its weight is float");
  }
  const Node& node = graph.node(id);
  const auto slot = bias_slot(graph, id);
  if (!slot) return recipe_error("MatMul '" + bias.node + "' has no bias");
  const Shape& shape = graph.value(node.inputs[1]).constant->shape();
  const std::int64_t channels = shape[static_cast<std::size_t>(weight->axis)];
  if (static_cast<std::int64_t>(bias.add.size()) != channels) {
    return recipe_error("what is added to the bias of '" + bias.node + "' has " +
                        std::to_string(bias.add.size()) + " values, not " +
                        std::to_string(channels));
  }
  const ValueId old = input_of(graph.node(slot->node), slot->slot);
  if (old == ValueId::none) return {};
  if (slot->node != id && recipe.tensor(graph.value(old).name) != nullptr) {
    return recipe_error("the bias of '" + bias.node + "' is quantized itself");
  }
  if (!graph.is_constant(old) || graph.value(old).constant->dtype() != DType::float32) {
    return recipe_error("the bias of '" + bias.node + "' is no constant float");
  }
  const std::int64_t count = graph.value(old).constant->element_count();
  if (count != 1 && count != channels) {
    return recipe_error("the bias of '" + bias.node + "' is no row");
  }
  return {};
}

void nearest_where_changed(const std::vector<float>& before, const std::vector<float>& after,
                           const ChannelBlocks& blocks, std::vector<std::uint8_t>& other) {
  if (other.empty() || before == after) return;
  const std::int64_t elements = blocks.outer * blocks.channels * blocks.inner;
  for (std::int64_t i = 0; i < elements; ++i) {
    const auto c = static_cast<std::size_t>(i / blocks.inner % blocks.channels);
    if (before[c] == after[c]) continue;
    const auto at = static_cast<std::size_t>(i);
    other[at / 8] = static_cast<std::uint8_t>(other[at / 8] & ~(1U << (at % 8)));
  }
}

/// Scale, zero point and what Q or DQ read.
struct Parameters {
  ValueId scale = ValueId::none;
  ValueId zero = ValueId::none;
};

class Inserter {
 public:
  Inserter(Graph& graph, const QuantRecipe& recipe, const QuantTarget& target,
           const std::shared_ptr<MemoryBudget>& budget)
      : graph_(graph),
        recipe_(recipe),
        target_(target),
        budget_(budget),
        nodes_(nodes_by_name(graph)),
        values_(values_by_name(graph)),
        adder_(graph) {}

  Result<InsertReport> run() {
    VERNIER_TRY(check_recipe(graph_, recipe_));
    // Weights first: they look at the tensors' own readers and names.
    for (const RecipeWeight& weight : recipe_.weights) VERNIER_TRY(quantize_weight_of(weight));
    for (const RecipeTensor& tensor : recipe_.tensors) VERNIER_TRY(quantize_tensor(tensor));
    remove_dead(graph_);
    VERNIER_TRY(infer_types(graph_));
    VERNIER_TRY(verify(graph_));
    return std::move(report_);
  }

 private:
  Result<Parameters> parameters_of(const std::string& name, const LinearQuant& quant) {
    Parameters parameters;
    parameters.scale = adder_.constant(name + "_scale", Tensor::scalar_float(quant.scale));
    VERNIER_ASSIGN(Tensor zero, Tensor::allocate(quant.dtype, Shape{}, budget_));
    *zero.mutable_as<std::uint8_t>() = static_cast<std::uint8_t>(quant.zero_point);
    parameters.zero = adder_.constant(name + "_zero_point", std::move(zero));
    return parameters;
  }

  /// The quantization of what a node multiplies, as the recipe has it.
  const RecipeTensor* input_of_node(const Node& node) const {
    return recipe_.tensor(graph_.value(node.inputs[0]).name);
  }

  Result<void> quantize_weight_of(const RecipeWeight& weight) {
    const NodeId id = nodes_.at(weight.node);
    const Node node = graph_.node(id);
    const ValueId weight_id = node.inputs[1];
    // The row behind a MatMul stays as it is unless the recipe says otherwise.
    const bool concerned = !node.is("MatMul") || recipe_.bias(node.name) != nullptr;
    const auto slot = bias_slot(graph_, id);
    const ValueId old_bias =
        concerned && slot ? input_of(graph_.node(slot->node), slot->slot) : ValueId::none;
    const Shape shape = graph_.value(weight_id).constant->shape();
    const ChannelBlocks whole(shape, weight.axis);
    bool per_channel = weight.scales.size() > 1 || whole.channels == 1;
    std::vector<float> scales(static_cast<std::size_t>(whole.channels), weight.scales[0]);
    if (weight.scales.size() > 1) scales = weight.scales;

    VERNIER_ASSIGN(std::vector<float> bias, bias_of(node, old_bias, whole.channels));
    const RecipeTensor* input = input_of_node(node);
    const bool integer_bias = target_.int32_bias && !node.is("MatMul") && input != nullptr;
    const bool has_bias = !bias.empty();
    std::vector<std::uint8_t> other = weight.other;
    if (integer_bias && has_bias) {
      const std::vector<float> chosen = scales;
      report_.raised_scales +=
          static_cast<std::size_t>(guard_bias(bias, input->quant.scale, scales));
      // One that differs from the others needs a scale of its own; roundings were for its old one.
      per_channel = per_channel || scales != chosen;
      nearest_where_changed(chosen, scales, whole, other);
    }
    VERNIER_ASSIGN(const ValueId dq,
                   dequantized_weight(node, weight.axis, per_channel, scales, other));
    graph_.set_input(id, 1, dq);
    ++report_.weights;
    if (!has_bias) return {};
    return set_bias(*slot, node.name, bias, integer_bias ? input : nullptr, scales);
  }

  /// The integers of a weight behind a DequantizeLinear of the node's own; the steps of an unrolled
  /// loop share the integers as they shared the weight.
  Result<ValueId> dequantized_weight(const Node& node, int axis, bool per_channel,
                                     const std::vector<float>& scales,
                                     const std::vector<std::uint8_t>& other) {
    const ValueId weight = node.inputs[1];
    const Shape shape = graph_.value(weight).constant->shape();
    const std::string name = graph_.value(weight).name;
    const auto key = std::tuple(weight, axis, per_channel, scales, other);
    const auto known = weights_.find(key);
    if (known != weights_.end()) return dequantized(name, known->second);
    const ChannelBlocks blocks(shape, axis);
    VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph_, weight, budget_));
    const std::vector<std::int8_t> integers = quantize_weight(values, blocks, scales, other);
    graph_.value(weight).constant->drop_pages();
    if (!is_depthwise(node, shape)) {
      const std::vector<int> pairs = worst_pairs(integers, blocks);
      report_.channels += blocks.channels;
      report_.risky_channels +=
          std::count_if(pairs.begin(), pairs.end(), [](int pair) { return pair > kSafePair; });
    }
    VERNIER_ASSIGN(Tensor stored, make_tensor(DType::int8, shape, integers, budget_));
    VERNIER_ASSIGN(
        const StoredIntegers made,
        stored_integers(name, std::move(stored),
                        per_channel ? scales : std::vector<float>{scales[0]}, per_channel, axis));
    weights_.emplace(key, made);
    return dequantized(name, made);
  }

  /// Bias plus what the recipe adds; empty when there is neither.
  Result<std::vector<float>> bias_of(const Node& node, ValueId id, std::int64_t channels) const {
    std::vector<float> bias;
    const auto count = static_cast<std::size_t>(channels);
    if (id != ValueId::none) {
      if (!graph_.is_constant(id)) return recipe_error("the bias of '" + node.name + "' varies");
      VERNIER_ASSIGN(bias, constant_floats(graph_, id, budget_));
      if (bias.size() == 1) bias.assign(count, bias[0]);
      if (bias.size() != count) return recipe_error("the bias of '" + node.name + "' is no row");
    }
    const RecipeBias* extra = recipe_.bias(node.name);
    if (extra == nullptr) return bias;
    if (bias.empty()) bias.assign(count, 0.0F);
    for (std::size_t c = 0; c < count; ++c) bias[c] += extra->add[c];
    return bias;
  }

  Result<void> set_bias(const InputSlot& slot, const std::string& node,
                        const std::vector<float>& bias, const RecipeTensor* input,
                        const std::vector<float>& scales) {
    const ValueId old = input_of(graph_.node(slot.node), slot.slot);
    const std::string name = old == ValueId::none ? node + "_bias" : graph_.value(old).name;
    const auto count = static_cast<std::int64_t>(bias.size());
    if (input == nullptr) {
      if (recipe_.bias(node) == nullptr) return {};  // as it was
      VERNIER_ASSIGN(Tensor shifted, make_tensor(DType::float32, Shape{count}, bias, budget_));
      graph_.set_input(slot.node, slot.slot,
                       adder_.constant(name + "_corrected", std::move(shifted)));
      return {};
    }
    VERNIER_ASSIGN(Tensor stored,
                   make_tensor(DType::int32, Shape{count},
                               quantize_bias(bias, input->quant.scale, scales), budget_));
    std::vector<float> units;
    units.reserve(scales.size());
    for (const float scale : scales) units.push_back(input->quant.scale * scale);
    VERNIER_ASSIGN(const StoredIntegers made,
                   stored_integers(name, std::move(stored), units, true, 0));
    VERNIER_ASSIGN(const ValueId dq, dequantized(name, made));
    graph_.set_input(slot.node, slot.slot, dq);
    return {};
  }

  /// Constant integers, their scales, and zero points that are 0.
  struct StoredIntegers {
    ValueId integers = ValueId::none;
    ValueId scale = ValueId::none;
    ValueId zero = ValueId::none;
    std::optional<std::int64_t> axis = {};
  };
  Result<StoredIntegers> stored_integers(const std::string& name, Tensor integers,
                                         const std::vector<float>& scales, bool per_channel,
                                         int axis) {
    const auto count = static_cast<std::int64_t>(scales.size());
    const Shape shape = per_channel ? Shape{count} : Shape{};
    VERNIER_ASSIGN(Tensor scale, make_tensor(DType::float32, shape, scales, budget_));
    VERNIER_ASSIGN(Tensor zero, Tensor::allocate(integers.dtype(), shape, budget_));
    std::memset(zero.mutable_as<std::byte>(), 0, zero.byte_count());
    StoredIntegers stored;
    stored.integers = adder_.constant(name + "_quantized", std::move(integers));
    stored.scale = adder_.constant(name + "_scale", std::move(scale));
    stored.zero = adder_.constant(name + "_zero_point", std::move(zero));
    if (per_channel) stored.axis = axis;
    return stored;
  }
  Result<ValueId> dequantized(const std::string& name, const StoredIntegers& stored) {
    std::vector<Attribute> attributes;
    if (stored.axis) attributes.push_back({"axis", *stored.axis});
    return adder_.node(find_op("", "DequantizeLinear"), name + "_DequantizeLinear",
                       name + "_dequantized", {stored.integers, stored.scale, stored.zero},
                       std::move(attributes));
  }

  Result<void> quantize_tensor(const RecipeTensor& tensor) {
    const ValueId value = values_.at(tensor.name);
    const std::vector<NodeId> readers(graph_.uses(value).begin(), graph_.uses(value).end());
    if (readers.empty()) return {};
    VERNIER_ASSIGN(const Parameters p, parameters_of(tensor.name, tensor.quant));
    ValueId q = ValueId::none;
    if (graph_.is_constant(value)) {
      VERNIER_ASSIGN(q, quantized_constant(tensor, value));
    } else {
      VERNIER_ASSIGN(q, adder_.node(find_op("", "QuantizeLinear"), tensor.name + "_QuantizeLinear",
                                    tensor.name + "_quantized", {value, p.scale, p.zero}));
    }
    ++report_.tensors;
    ValueId dq = ValueId::none;
    // One entry a slot: a node that reads the value twice is there twice.
    std::set<NodeId> seen;
    for (const NodeId reader : readers) {
      if (!graph_.alive(reader) || !seen.insert(reader).second) continue;
      const std::size_t slots = graph_.node(reader).inputs.size();
      for (std::size_t slot = 0; slot < slots; ++slot) {
        if (graph_.node(reader).inputs[slot] != value) continue;
        if (dq == ValueId::none || target_.one_dq_per_reader) {
          VERNIER_ASSIGN(
              dq, adder_.node(find_op("", "DequantizeLinear"), tensor.name + "_DequantizeLinear",
                              tensor.name + "_dequantized", {q, p.scale, p.zero}));
        }
        graph_.set_input(reader, slot, dq);
      }
    }
    return {};
  }

  Result<ValueId> quantized_constant(const RecipeTensor& tensor, ValueId value) {
    VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph_, value, budget_));
    const Shape shape = graph_.value(value).constant->shape();
    std::vector<std::uint8_t> integers;
    integers.reserve(values.size());
    for (const float x : values) {
      integers.push_back(static_cast<std::uint8_t>(quantize(x, tensor.quant)));
    }
    VERNIER_ASSIGN(Tensor stored, make_tensor(tensor.quant.dtype, shape, integers, budget_));
    return adder_.constant(tensor.name + "_quantized", std::move(stored));
  }

  Graph& graph_;
  const QuantRecipe& recipe_;
  const QuantTarget& target_;
  const std::shared_ptr<MemoryBudget>& budget_;
  std::map<std::string, NodeId> nodes_;
  std::map<std::string, ValueId> values_;
  NodeAdder adder_;
  std::map<std::tuple<ValueId, int, bool, std::vector<float>, std::vector<std::uint8_t>>,
           StoredIntegers>
      weights_;
  InsertReport report_;
};

}  // namespace

Result<void> check_recipe(const Graph& graph, const QuantRecipe& recipe) {
  const auto nodes = nodes_by_name(graph);
  const auto values = values_by_name(graph);
  const auto named = [&](const std::string& name) -> Result<const Node*> {
    const auto at = nodes.find(name);
    if (at != nodes.end()) return &graph.node(at->second);
    return recipe_error("the model has no node '" + name + "', which the recipe names");
  };
  std::map<std::string, const RecipeWeight*, std::less<>> weights;
  for (const RecipeWeight& weight : recipe.weights) {
    VERNIER_ASSIGN(const Node* node, named(weight.node));
    VERNIER_TRY(check_weight(graph, *node, weight));
    weights.emplace(weight.node, &weight);
  }
  for (const RecipeBias& bias : recipe.biases) {
    VERNIER_TRY(named(bias.node));
    const auto weight = weights.find(bias.node);
    VERNIER_TRY(check_bias(graph, nodes.at(bias.node), recipe, bias,
                           weight == weights.end() ? nullptr : weight->second));
  }
  for (const RecipeTensor& tensor : recipe.tensors) {
    const auto at = values.find(tensor.name);
    if (at == values.end()) {
      return recipe_error("the model has no tensor '" + tensor.name + "', which the recipe names");
    }
    const Value& value = graph.value(at->second);
    const DType dtype = value.constant ? value.constant->dtype() : value.type.dtype;
    if (dtype != DType::float32) {
      return recipe_error("tensor '" + tensor.name + "' is " + std::string(dtype_name(dtype)) +
                          ", not float");
    }
  }
  return {};
}

Result<InsertReport> insert_qdq(Graph& graph, const QuantRecipe& recipe, const QuantTarget& target,
                                const std::shared_ptr<MemoryBudget>& budget) {
  return Inserter(graph, recipe, target, budget).run();
}

}  // namespace vernier
