#include <algorithm>
#include <cmath>

#include "passes/passes.h"
#include "passes/pattern.h"

namespace vernier {
namespace {

bool all_equal(const std::optional<std::vector<std::int64_t>>& values, std::int64_t wanted) {
  return values &&
         std::all_of(values->begin(), values->end(), [&](std::int64_t v) { return v == wanted; });
}

/// Dropout at inference hands its input on; the mask must be unread.
bool idle_dropout(const Graph& graph, const Node& node) {
  if (node.outputs.size() > 1 && node.outputs[1] != ValueId::none) {
    if (!graph.uses(node.outputs[1]).empty() || graph.is_output(node.outputs[1])) return false;
  }
  const ValueId training = input_of(node, 2);
  return training == ValueId::none || scalar_constant(graph, training) == 0.0;
}

bool idle_slice(const Graph& graph, const Node& node) {
  const ValueId steps = input_of(node, 4);
  return steps == ValueId::none || all_equal(int_constant(graph, steps), 1);
}

/// A resize by exactly 1 in every axis reads every element at its own place.
bool idle_resize(const Graph& graph, const Node& node) {
  if (string_attribute(node, "coordinate_transformation_mode", "half_pixel") ==
      "tf_crop_and_resize") {
    return false;
  }
  if (string_attribute(node, "keep_aspect_ratio_policy", "stretch") != "stretch") return false;
  // Cubic and linear weights of 0 would still turn infinite neighbours into NaN.
  if (string_attribute(node, "mode", "nearest") != "nearest") return false;
  if (input_of(node, 3) != ValueId::none) return true;  // sizes, and the shapes are equal
  const ValueId scales = input_of(node, 2);
  if (!graph.is_constant(scales)) return false;
  const Tensor& tensor = *graph.value(scales).constant;
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    if (element_as_double(tensor, i) != 1.0) return false;
  }
  return true;
}

bool idle_transpose(const Node& node) {
  const auto perm = ints_attribute(node, "perm");
  if (perm.empty()) return false;
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

/// Every element equal to the neutral one of the operator, so that results are the same bits, NaN
/// and -0 included: x*1, x/1, x-(+0), x+(-0), and x+0 for integers.
bool neutral(const Graph& graph, const Node& node, ValueId constant, bool on_right) {
  if (!graph.is_constant(constant)) return false;
  const Tensor& tensor = *graph.value(constant).constant;
  const bool integral = is_integer(tensor.dtype());
  const bool adds = node.is("Add");
  const bool multiplies = node.is("Mul");
  if (!on_right && !adds && !multiplies) return false;
  const double wanted = multiplies || node.is("Div") ? 1.0 : 0.0;
  const bool negative = adds && !integral;
  constexpr std::int64_t kMostElements = 4096;
  if (tensor.element_count() > kMostElements) return false;
  for (std::int64_t i = 0; i < tensor.element_count(); ++i) {
    const auto value = element_as_double(tensor, i);
    if (!value || *value != wanted) return false;
    if (wanted == 0.0 && !integral && std::signbit(*value) != negative) return false;
  }
  return true;
}

/// Removes nodes that hand their input on: Identity, Dropout, and casts, reshapes, arithmetic and
/// others that change nothing.
class IdentityPass final : public Pass {
 public:
  [[nodiscard]] std::string_view name() const override { return "identity"; }

  [[nodiscard]] Result<Match> visit(const Graph& graph, NodeId id,
                                    const PassContext&) const override {
    const Node& node = graph.node(id);
    if (!node.op->domain.empty() || node.outputs.empty()) return Match::none();
    const ValueId source = passed_on(graph, node);
    const ValueId output = node.outputs[0];
    if (source == ValueId::none || output == ValueId::none) return Match::none();
    if (!can_forward(graph, output, source)) {
      return Match::blocked("a graph output would alias another value");
    }
    Edit edit(graph);
    edit.replace(output, source);
    edit.remove(id);
    return Match(std::move(edit));
  }

 private:
  /// The input that output 0 always equals; ValueId::none when there is none.
  static ValueId passed_on(const Graph& graph, const Node& node) {
    const ValueId x = input_of(node, 0);
    if (x == ValueId::none || node.outputs[0] == ValueId::none) return ValueId::none;
    const std::string_view op = node.op->name;
    const ValueType& in = graph.value(x).type;
    const ValueType& out = graph.value(node.outputs[0]).type;
    if (op == "Identity") return x;
    if (op == "Dropout") return idle_dropout(graph, node) ? x : ValueId::none;
    if (op == "Cast" || op == "CastLike") {
      return in.dtype != DType::undefined && in.dtype == out.dtype ? x : ValueId::none;
    }
    if (op == "Concat" || op == "Sum" || op == "Max" || op == "Min" || op == "Mean") {
      return node.inputs.size() == 1 ? x : ValueId::none;
    }
    if (op == "Split") return node.outputs.size() == 1 ? x : ValueId::none;
    if (op == "Transpose") return idle_transpose(node) ? x : ValueId::none;
    if (op == "Pad") {
      return all_equal(int_constant(graph, input_of(node, 1)), 0) ? x : ValueId::none;
    }
    if (op == "Mul" || op == "Div" || op == "Add" || op == "Sub") return arithmetic(graph, node);
    if (!same_shape(in, out)) return ValueId::none;
    if (op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze" ||
        op == "Expand") {
      return x;
    }
    if (op == "Slice" && idle_slice(graph, node)) return x;
    if (op == "Resize" && idle_resize(graph, node)) return x;
    return ValueId::none;
  }

  static ValueId arithmetic(const Graph& graph, const Node& node) {
    for (std::size_t i = 0; i < 2; ++i) {
      const ValueId kept = node.inputs[i];
      if (neutral(graph, node, node.inputs[1 - i], i == 0) &&
          same_shape(graph.value(kept).type, graph.value(node.outputs[0]).type)) {
        return kept;
      }
    }
    return ValueId::none;
  }
};

}  // namespace

const Pass& identity_pass() {
  static const IdentityPass pass;
  return pass;
}

}  // namespace vernier
