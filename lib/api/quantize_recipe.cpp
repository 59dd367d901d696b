#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "api/quantize_model.h"
#include "graph/edit.h"
#include "graph/infer.h"
#include "ops/conv.h"
#include "passes/lift_quantization.h"
#include "passes/pattern.h"
#include "quant/saturation.h"

namespace vernier {
namespace {

Result<Tensor> row(const std::vector<float>& values, const std::shared_ptr<MemoryBudget>& budget) {
  VERNIER_ASSIGN(
      Tensor tensor,
      Tensor::allocate(DType::float32, Shape{static_cast<std::int64_t>(values.size())}, budget));
  std::memcpy(tensor.mutable_as<float>(), values.data(), values.size() * sizeof(float));
  return tensor;
}

/// One scale a channel.
std::vector<float> all_scales(const RecipeWeight& weight, const ChannelBlocks& blocks) {
  if (weight.scales.size() > 1) return weight.scales;
  return std::vector<float>(static_cast<std::size_t>(blocks.channels), weight.scales[0]);
}

/// Whether integers with these scales are these weights, up to the last digits.
bool holds_exactly(std::span<const float> values, const ChannelBlocks& blocks,
                   const std::vector<float>& scales) {
  constexpr float kShareOfStep = 1e-2F;
  const auto integers = quantize_weight(values, blocks, scales);
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const auto c =
        static_cast<std::size_t>(static_cast<std::int64_t>(i) / blocks.inner % blocks.channels);
    const float kept = static_cast<float>(integers[i]) * scales[c];
    // -128, which narrow ranges do not have, is a step away.
    if (std::abs(values[i] - kept) > (integers[i] == -127 ? 1.01F : kShareOfStep) * scales[c]) {
      return false;
    }
  }
  return true;
}

struct Chosen {
  LinearQuant quant;
  std::string method;
  std::string reason = {};
};

/// `choose` decides for tensors that are neither constant nor of a fixed range, nothing where it
/// cannot; `scales` for weights (node and axis are filled in here); `unseen` is why a node whose
/// input has no range stays float.
template <class Choose, class Scales>
Result<QuantRecipe> make_recipe(const FloatModel& model, const QdqPlacement& placement,
                                const QuantTarget& target, Choose&& choose, Scales&& scales,
                                const char* unseen) {
  const Graph& graph = model.model.graph;
  QuantRecipe recipe;
  recipe.target = target.name;
  recipe.model_sha256 = model.sha256;
  recipe.floats = placement.floats;
  std::map<std::pair<ValueId, bool>, Chosen> chosen;  // by root, and whether symmetric
  std::set<ValueId> known;                            // roots
  for (const PlacedTensor& tensor : placement.tensors) {
    const auto key = std::make_pair(tensor.root, tensor.symmetric);
    if (chosen.count(key) == 0) {
      if (graph.is_constant(tensor.root)) {
        VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph, tensor.root));
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        if (low == values.end()) continue;
        chosen[key] = {
            range_quant(target, tensor, {static_cast<double>(*low), static_cast<double>(*high)}),
            "constant"};
      } else if (tensor.fixed) {
        chosen[key] = {range_quant(target, tensor, *tensor.fixed), "fixed"};
      } else if (auto made = choose(tensor)) {
        chosen[key] = std::move(*made);
      } else {
        continue;
      }
    }
    known.insert(tensor.root);
    if (!tensor.inserted) continue;
    const Chosen& root = chosen[key];
    const std::string reason =
        tensor.root == tensor.value ? root.reason : "as '" + graph.value(tensor.root).name + "'";
    recipe.tensors.push_back({graph.value(tensor.value).name, root.quant, root.method, reason});
  }
  for (const PlacedWeight& weight : placement.weights) {
    const Node& node = graph.node(weight.node);
    if (known.count(weight.root) == 0) {
      recipe.floats.push_back({node.name, std::string(node.op->name), unseen});
      continue;
    }
    VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph, node.inputs[1]));
    const ChannelBlocks blocks(graph.value(node.inputs[1]).constant->shape(), weight.axis);
    RecipeWeight entry = scales(node, values, blocks);
    entry.node = node.name;
    entry.axis = weight.axis;
    recipe.weights.push_back(std::move(entry));
  }
  return recipe;
}

}  // namespace

namespace {

/// What a tensor holds cannot be beyond what was seen: an input, or the result of a Clip.
bool has_bounds(const Graph& graph, ValueId id) {
  return graph.is_input(id) || producer_of(graph, id, "Clip") != nullptr;
}

}  // namespace

LinearQuant range_quant(const QuantTarget& target, const PlacedTensor& tensor, Range range) {
  const bool symmetric = tensor.symmetric || target.activation == DType::int8;
  return symmetric ? symmetric_s8(range) : asymmetric_u8(range);
}

Range useful_part(Range range, const PlacedTensor& tensor) {
  if (!tensor.useful) return range;
  return {std::max(range.low, tensor.useful->low), std::min(range.high, tensor.useful->high)};
}

Result<QuantRecipe> choose_recipe(const FloatModel& model, const QdqPlacement& placement,
                                  const QuantTarget& target, const CalibrationTable& table,
                                  const RangeRule& rule) {
  const auto choose = [&](const PlacedTensor& tensor) -> std::optional<Chosen> {
    const std::string& name = model.model.graph.value(tensor.root).name;
    const TensorStats* stats = table.find(name);
    if (stats == nullptr || stats->samples() == 0) return std::nullopt;
    const auto own = rule.own.find(name);
    const RangeMethod& method = own == rule.own.end() ? rule.usual : own->second.method;
    const double room = has_bounds(model.model.graph, tensor.root) ? 1.0 : rule.head_room;
    Range seen = choose_range(*stats, method);
    seen = {seen.low * room, seen.high * room};
    const Range range = useful_part(seen, tensor);
    std::string how = range_method_name(method);
    if (room > 1.0) how += " with head room";
    if (range.low != seen.low || range.high != seen.high) how += ", cut where its readers saturate";
    return Chosen{range_quant(target, tensor, range), std::move(how),
                  own == rule.own.end() ? "" : own->second.reason};
  };
  const auto scales = [](const Node&, std::span<const float> values, const ChannelBlocks& blocks) {
    return RecipeWeight{"", 0, least_error_scales(values, blocks), "mse", {}};
  };
  return make_recipe(model, placement, target, choose, scales,
                     "its input was not seen in calibration");
}

Result<QuantRecipe> retarget_recipe(const FloatModel& model, const QdqPlacement& placement,
                                    const QuantTarget& target, const QuantRecipe& file) {
  const auto choose = [&](const PlacedTensor& tensor) -> std::optional<Chosen> {
    const Graph& graph = model.model.graph;
    const RecipeTensor* known = file.tensor(graph.value(tensor.root).name);
    if (known == nullptr) known = file.tensor(graph.value(tensor.value).name);
    if (known == nullptr) return std::nullopt;
    const LinearQuant& quant = known->quant;
    if (tensor.symmetric || target.activation == DType::int8) {
      const bool same = quant.dtype == DType::int8 && quant.zero_point == 0;
      return same ? Chosen{quant, "file"} : Chosen{symmetric_s8(quant.range()), "file, as int8"};
    }
    if (quant.dtype == DType::uint8) return Chosen{quant, "file"};
    // The lower half of a symmetric range is never used behind a Relu.
    const bool positive = quant.zero_point == 0 && never_negative(graph, tensor.root);
    const std::int32_t zero = positive ? 0 : quant.zero_point + 128;
    return Chosen{{DType::uint8, quant.scale, zero}, "file, as uint8"};
  };
  const auto scales = [&](const Node& node, std::span<const float> values,
                          const ChannelBlocks& blocks) {
    const RecipeWeight* known = file.weight(node.name);
    const auto channels = static_cast<std::size_t>(blocks.channels);
    const bool fits =
        known != nullptr && (known->scales.size() == 1 || known->scales.size() == channels);
    std::vector<float> kept = fits ? all_scales(*known, blocks) : std::vector<float>();
    // Folding a normalisation changes weights; then their scales are no longer the file's.
    if (!fits || !holds_exactly(values, blocks, kept)) {
      return RecipeWeight{"", 0, least_error_scales(values, blocks), "mse", {}};
    }
    return RecipeWeight{"", 0, std::move(kept), "file", {}};
  };
  return make_recipe(model, placement, target, choose, scales,
                     "the file has no range for its input");
}

Result<void> make_recipe_safe(const FloatModel& model, QuantRecipe& recipe) {
  const Graph& graph = model.model.graph;
  const auto nodes = nodes_by_name(graph);
  for (RecipeWeight& weight : recipe.weights) {
    const Node& node = graph.node(nodes.at(weight.node));
    const Shape& shape = graph.value(node.inputs[1]).constant->shape();
    if (is_depthwise(node, shape)) continue;
    VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph, node.inputs[1]));
    const ChannelBlocks blocks(shape, weight.axis);
    std::vector<float> scales = all_scales(weight, blocks);
    if (make_pairs_safe(values, blocks, scales, weight.other) == 0) continue;
    weight.scales = std::move(scales);
    weight.method += "-safe";
  }
  return {};
}

Result<Model> with_kept_weights(const FloatModel& model, const QuantRecipe& recipe) {
  Model kept = model.model;
  Graph& graph = kept.graph;
  clone_bodies(graph);
  const auto nodes = nodes_by_name(graph);
  // Nodes with one weight keep one.
  std::map<std::tuple<ValueId, int, std::vector<float>, std::vector<std::uint8_t>>, ValueId> known;
  for (const RecipeWeight& weight : recipe.weights) {
    const auto at = nodes.find(weight.node);
    if (at == nodes.end()) continue;
    const ValueId old = graph.node(at->second).inputs[1];
    const auto [kept_weight, is_new] =
        known.try_emplace(std::tuple(old, weight.axis, weight.scales, weight.other), ValueId::none);
    ValueId& own = kept_weight->second;
    if (!is_new) {
      graph.set_input(at->second, 1, own);
      continue;
    }
    VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph, old));
    const Shape shape = graph.value(old).constant->shape();
    const ChannelBlocks blocks(shape, weight.axis);
    const std::vector<float> scales = all_scales(weight, blocks);
    const std::vector<std::int8_t> integers = quantize_weight(values, blocks, scales, weight.other);
    VERNIER_ASSIGN(Tensor tensor, Tensor::allocate(DType::float32, shape, model.budget));
    float* data = tensor.mutable_as<float>();
    const std::int64_t inner = blocks.inner;
    for (std::size_t i = 0; i < integers.size(); ++i) {
      const auto c =
          static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % blocks.channels);
      data[i] = static_cast<float>(integers[i]) * scales[c];
    }
    own = graph.add_constant(graph.value(old).name + "_kept", std::move(tensor));
    graph.set_input(at->second, 1, own);  // keeps the order of execution
  }
  for (const RecipeBias& bias : recipe.biases) {
    const auto at = nodes.find(bias.node);
    if (at == nodes.end()) continue;
    const auto slot = bias_slot(graph, at->second);
    if (!slot) continue;
    const ValueId old = input_of(graph.node(slot->node), slot->slot);
    std::vector<float> values(bias.add.size(), 0.0F);
    if (old != ValueId::none) {
      VERNIER_ASSIGN(values, constant_floats(graph, old));
      if (values.size() == 1) values.assign(bias.add.size(), values[0]);
    }
    for (std::size_t c = 0; c < values.size(); ++c) values[c] += bias.add[c];
    VERNIER_ASSIGN(Tensor tensor, row(values, model.budget));
    const ValueId own = graph.add_constant(bias.node + "_bias_kept", std::move(tensor));
    graph.set_input(slot->node, slot->slot, own);
  }
  for (std::size_t i = 0; i < graph.value_count(); ++i) {
    const auto id = static_cast<ValueId>(i);
    const RecipeTensor* tensor =
        graph.is_constant(id) ? recipe.tensor(graph.value(id).name) : nullptr;
    if (tensor == nullptr) continue;
    VERNIER_ASSIGN(Tensor copy, Tensor::copy_of(graph.value(id).constant->view(), model.budget));
    fake_quantize(copy.mutable_view(), tensor->quant);
    graph.set_constant(id, std::move(copy));
  }
  VERNIER_TRY(infer_types(graph));
  return kept;
}

Result<void> correct_biases_fast(const FloatModel& model, const QdqPlacement& placement,
                                 const CalibrationTable& table, QuantRecipe& recipe) {
  const Graph& graph = model.model.graph;
  for (const PlacedWeight& weight : placement.weights) {
    const Node& node = graph.node(weight.node);
    const RecipeWeight* scales = recipe.weight(node.name);
    // What reaches an output pixel of a ConvTranspose depends on where it lies.
    if (scales == nullptr || !weight.has_bias || node.is("ConvTranspose")) continue;
    // Statistics are by axis 1 of tensors of rank 4, and of what may be turned further on.
    const bool by_rows = weight.root == weight.input && graph.value(weight.input).type.rank() < 4;
    if (node.is("MatMul") && !by_rows) continue;
    const TensorStats* stats = table.find(graph.value(weight.root).name);
    if (stats == nullptr) continue;
    const std::vector<double> means = stats->channel_mean();
    VERNIER_ASSIGN(const std::vector<float> values, constant_floats(graph, node.inputs[1]));
    const Shape shape = graph.value(node.inputs[1]).constant->shape();
    const ChannelBlocks blocks(shape, weight.axis);
    const std::vector<std::int8_t> integers =
        quantize_weight(values, blocks, scales->scales, scales->other);
    std::vector<double> error(static_cast<std::size_t>(blocks.channels), 0.0);
    const bool conv = node.is("Conv");
    // Inputs of one output channel, and the weights that each of them has.
    const std::int64_t inputs = conv ? shape[1] : element_count(shape) / blocks.channels;
    const std::int64_t taps = conv ? blocks.inner / std::max<std::int64_t>(shape[1], 1) : 1;
    const std::int64_t group = conv ? int_attribute(node, "group", 1) : 1;
    if (static_cast<std::int64_t>(means.size()) != inputs * group) continue;
    const std::int64_t per_group = blocks.channels / group;
    for (std::int64_t c = 0; c < blocks.channels; ++c) {
      const float scale = scales->scales[static_cast<std::size_t>(c)];
      for (std::int64_t k = 0; k < inputs; ++k) {
        const std::int64_t first = conv ? c / per_group * inputs : 0;
        const double mean = means[static_cast<std::size_t>(first + k)];
        for (std::int64_t t = 0; t < taps; ++t) {
          // Channels lie first (Conv, transposed Gemm) or last.
          const auto i = static_cast<std::size_t>(blocks.outer == 1 ? (c * inputs + k) * taps + t
                                                                    : k * blocks.channels + c);
          error[static_cast<std::size_t>(c)] +=
              mean * static_cast<double>(values[i] - static_cast<float>(integers[i]) * scale);
        }
      }
    }
    RecipeBias bias{node.name, {}, "fast"};
    for (const double e : error) bias.add.push_back(static_cast<float>(e));
    recipe.biases.push_back(std::move(bias));
  }
  return {};
}

}  // namespace vernier
