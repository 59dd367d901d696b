#include <algorithm>
#include <array>

#include "ops/dequant_matmul.h"
#include "passes/passes.h"
#include "passes/pattern.h"
#include "passes/quant_pattern.h"

namespace vernier {
namespace {

constexpr std::array kCodes = {DType::uint8, DType::int8, DType::uint4, DType::int4};

/// A matrix of constant integers behind DequantizeLinear.
struct IntegerWeight {
  const Node* dequantize = nullptr;
  std::int64_t block = 0;
};

bool is_constant_or_none(const Graph& graph, ValueId id) {
  return id == ValueId::none || graph.is_constant(id);
}

/// nullopt when `id` is made by something else; a reason in `why` when it has no such form.
std::optional<IntegerWeight> integer_weight(const Graph& graph, ValueId id, bool transposed,
                                            std::string_view& why) {
  const Node* node = producer_of(graph, id, "DequantizeLinear");
  if (node == nullptr || !graph.is_constant(node->inputs[0])) return std::nullopt;
  const Tensor& codes = *graph.value(node->inputs[0]).constant;
  const bool known = std::find(kCodes.begin(), kCodes.end(), codes.dtype()) != kCodes.end();
  if (!known || codes.shape().size() != 2) {
    why = "the weight is no matrix of 4-bit or 8-bit integers";
    return std::nullopt;
  }
  if (graph.value(id).type.dtype != DType::float32) {
    why = "the weight is not dequantized to fp32";
    return std::nullopt;
  }
  if (!graph.is_constant(node->inputs[1]) || !is_constant_or_none(graph, input_of(*node, 2)) ||
      graph.value(node->inputs[1]).constant->dtype() != DType::float32) {
    why = "the scales are no fp32 constants";
    return std::nullopt;
  }
  IntegerWeight weight{node, int_attribute(*node, "block_size", 0)};
  const std::int64_t axis = (int_attribute(*node, "axis", 1) + 2) % 2;
  const bool along_k = axis == (transposed ? 1 : 0);
  const std::int64_t scales = graph.value(node->inputs[1]).constant->element_count();
  if (weight.block == 0 ? scales != 1 && along_k : !along_k) {
    why = "the scales do not run along the weight's columns";
    return std::nullopt;
  }
  const std::int64_t k = codes.shape()[transposed ? 1 : 0];
  if (weight.block != 0 && weight.block < k && weight.block % kDequantMatMulUnit != 0) {
    static_assert(kDequantMatMulUnit == 8);
    why = "the blocks are no multiple of 8";
    return std::nullopt;
  }
  return weight;
}

/// Gemm's C that is one value a column; ValueId::none in `bias` when there is no C.
bool row_bias(const Graph& graph, ValueId c, std::int64_t columns, ValueId& bias, Edit& edit) {
  bias = c;
  if (c == ValueId::none) return true;
  if (!graph.is_constant(c)) return false;
  const Tensor& tensor = *graph.value(c).constant;
  if (tensor.element_count() != columns ||
      (!tensor.shape().empty() && tensor.shape().back() != columns)) {
    return false;
  }
  if (tensor.shape().size() != 1) {
    bias = edit.add_constant(graph.value(c).name, tensor.reshaped(Shape{columns}));
  }
  return true;
}

/// A MatMul or Gemm (plain or fused) whose weight is a constant matrix of integers behind
/// DequantizeLinear reads the integers: the weight is never a float matrix in memory.
class FuseWeightMatMul final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "fuse_weight_matmul"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    const bool gemm = node.is("Gemm") || node.is("vernier", "FusedGemm");
    if (!gemm && !node.is("MatMul") && !node.is("vernier", "FusedMatMul")) return Match::none();
    const bool transposed = gemm && int_attribute(node, "transB", 0) != 0;
    std::string_view why;
    const auto weight = integer_weight(graph, node.inputs[1], transposed, why);
    if (!weight) return why.empty() ? Match::none() : Match::blocked(why);
    const ValueType& a = graph.value(node.inputs[0]).type;
    if (!a.ranked || a.rank() < 2) return Match::blocked("the left operand is a vector");
    if (gemm && !is_plain_gemm(node)) return Match::blocked("alpha, beta or transA of Gemm");
    Edit edit(graph);
    const Shape& shape = graph.value(weight->dequantize->inputs[0]).constant->shape();
    ValueId bias = ValueId::none;
    if (!row_bias(graph, input_of(node, 2), shape[transposed ? 0 : 1], bias, edit)) {
      return Match::blocked("what is added is no row of biases");
    }
    std::vector<Attribute> attributes;
    for (const Attribute& attribute : node.attributes) {
      if (attribute.name.rfind("activation", 0) == 0) attributes.push_back(attribute);
    }
    if (weight->block != 0) attributes.push_back(int_attr("block_size", weight->block));
    if (transposed) attributes.push_back(int_attr("trans_b", 1));
    const Node& dequantize = *weight->dequantize;
    std::vector<ValueId> inputs = {
        node.inputs[0], dequantize.inputs[0], dequantize.inputs[1], input_of(dequantize, 2),
        bias,           input_of(node, 3)};
    while (inputs.back() == ValueId::none) inputs.pop_back();
    VERNIER_ASSIGN(Node made, node_like(node, "DequantMatMul", std::move(inputs),
                                        std::move(attributes), "vernier"));
    return Match(replace_anchor(graph, id, std::move(edit), std::move(made)));
  }
};

}  // namespace

const Pass& fuse_weight_matmul_pass() {
  static const FuseWeightMatMul pass;
  return pass;
}

}  // namespace vernier
