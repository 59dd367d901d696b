#include "passes/precision_reasons.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "passes/pattern.h"

namespace vernier {
namespace {

/// Whether a Transpose brings axis 0 to one of the two last places and leaves the others in order,
/// apart from the last two: [1, ..., r-2, 0, r-1] or [1, ..., r-1, 0].
bool moves_batch_inwards(const Perm& perm) {
  const std::size_t rank = perm.size();
  if (rank < 3) return false;
  Perm rest = perm;
  const auto first = std::find(rest.begin(), rest.end(), 0);
  if (rest.end() - first > 2) return false;
  rest.erase(first);
  return std::is_sorted(rest.begin(), rest.end());
}

/// Whether a MatMul reads the value, as it is or through nodes that only pass it on.
bool feeds_matmul(const Graph& graph, ValueId id) {
  std::vector<ValueId> open = {id};
  while (!open.empty()) {
    const ValueId next = open.back();
    open.pop_back();
    for (const NodeId user : graph.uses(next)) {
      const Node& node = graph.node(user);
      if (node.is("MatMul")) return true;
      if (node.is("Identity") || node.is("Cast")) open.push_back(node.outputs[0]);
    }
  }
  return false;
}

}  // namespace

Reason runtime_trouble(const Graph& graph, const Node& node) {
  if (node.is("MeanVarianceNormalization")) {
    return Reason::other("ONNX Runtime's CPU provider does not load it in fp16");
  }
  const std::string reduction = string_attribute(node, "reduction", "none");
  const bool sums = reduction == "add" || reduction == "mul";
  if ((node.is("ScatterElements") && sums) || (node.is("ScatterND") && reduction != "none")) {
    return Reason::other("ONNX Runtime's CPU provider does not run its reduction in fp16");
  }
  // Its fusion of such a Transpose, the Cast that it puts behind and the MatMul ends in a crash.
  if (node.is("Transpose") && moves_batch_inwards(perm_of(graph, node)) &&
      feeds_matmul(graph, node.outputs[0])) {
    return Reason::other("ONNX Runtime's CPU provider crashes on it in fp16 in front of a MatMul");
  }
  return {};
}

std::int64_t reduced_elements(const Graph& graph, const Node& node) {
  const auto in = graph.value(node.inputs[0]).type.shape();
  const auto out = graph.value(node.outputs[0]).type.shape();
  if (!in || !out || element_count(*out) <= 0) return 0;
  return element_count(*in) / element_count(*out);
}

std::int64_t summed_elements(const Graph& graph, const Node& node) {
  if (node.op->name.starts_with("Reduce") || node.is("GlobalAveragePool")) {
    return reduced_elements(graph, node);
  }
  const auto in = graph.value(node.inputs[0]).type.shape();
  if (!in || in->empty() || !node.op->name.ends_with("Softmax")) return 0;
  std::int64_t axis = int_attribute(node, "axis", -1);
  if (axis < 0) axis += std::ssize(*in);
  return axis < 0 || axis >= std::ssize(*in) ? 0 : (*in)[static_cast<std::size_t>(axis)];
}

bool only_added(const Node& node, std::size_t input) {
  if (node.is("Conv") || node.is("Gemm") || node.is("ConvTranspose")) return input == 2;
  if (node.is("BatchNormalization") || node.is("LayerNormalization"))
    return input == 2 || input == 3;
  return node.is("Add") || node.is("Sub");
}

Reason constant_trouble(const Tensor& tensor, DType to) {
  float largest = 0.0F;
  float value = 0.0F;
  const std::byte* at = tensor.data();
  const std::int64_t count = tensor.element_count();
  for (std::int64_t i = 0; i < count; ++i, at += sizeof value) {
    std::memcpy(&value, at, sizeof value);
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  tensor.drop_pages();
  const bool is_half = to == DType::float16;
  if (largest > (is_half ? kLargestHalf : kLargestBfloat)) {
    return Reason::other("holds " + std::to_string(largest));
  }
  if (is_half && largest > 0.0F && largest < kLeastNormalHalf) {
    return {Trouble::tiny, "holds nothing above 6.1e-5"};
  }
  return {};
}

}  // namespace vernier
