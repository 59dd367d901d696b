#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "onnx/upgrade.h"
#include "onnx/upgrade_context.h"

namespace vernier::onnx {
namespace {

struct Since {
  std::string_view op;
  int opset;  ///< the first one whose form the importer understands
};

/// Operators that opsets below 7 share with opset 7 (from ONNX's operator schemas), and those whose
/// opset 6 forms are rewritten here. Sorted by name.
constexpr std::array kSince = {
    Since{"Abs", 6},
    Since{"Add", 6},
    Since{"And", 1},
    Since{"ArgMax", 1},
    Since{"ArgMin", 1},
    Since{"AveragePool", 1},
    Since{"BatchNormalization", 6},
    Since{"Cast", 6},
    Since{"Ceil", 6},
    Since{"Clip", 6},
    Since{"Concat", 4},
    Since{"Constant", 1},
    Since{"Conv", 1},
    Since{"ConvTranspose", 1},
    Since{"DepthToSpace", 1},
    Since{"Div", 6},
    Since{"Dropout", 6},
    Since{"Elu", 6},
    Since{"Equal", 1},
    Since{"Exp", 6},
    Since{"Flatten", 1},
    Since{"Floor", 6},
    Since{"Gather", 1},
    Since{"Gemm", 6},
    Since{"GlobalAveragePool", 1},
    Since{"GlobalLpPool", 2},
    Since{"GlobalMaxPool", 1},
    Since{"Greater", 1},
    Since{"HardSigmoid", 6},
    Since{"Hardmax", 1},
    Since{"Identity", 1},
    Since{"If", 1},
    Since{"InstanceNormalization", 6},
    Since{"LRN", 1},
    Since{"LeakyRelu", 6},
    Since{"Less", 1},
    Since{"Log", 6},
    Since{"LogSoftmax", 1},
    Since{"Loop", 1},
    Since{"LpNormalization", 1},
    Since{"LpPool", 2},
    Since{"MatMul", 1},
    Since{"Max", 6},
    Since{"MaxPool", 1},
    Since{"Mean", 6},
    Since{"Min", 6},
    Since{"Mul", 6},
    Since{"Neg", 6},
    Since{"Not", 1},
    Since{"Or", 1},
    Since{"PRelu", 6},
    Since{"Pad", 2},
    Since{"Pow", 1},
    Since{"Reciprocal", 6},
    Since{"ReduceL1", 1},
    Since{"ReduceL2", 1},
    Since{"ReduceLogSum", 1},
    Since{"ReduceLogSumExp", 1},
    Since{"ReduceMax", 1},
    Since{"ReduceMean", 1},
    Since{"ReduceMin", 1},
    Since{"ReduceProd", 1},
    Since{"ReduceSum", 1},
    Since{"ReduceSumSquare", 1},
    Since{"Relu", 6},
    Since{"Reshape", 5},
    Since{"Selu", 6},
    Since{"Shape", 1},
    Since{"Sigmoid", 6},
    Since{"Size", 1},
    Since{"Slice", 1},
    Since{"Softmax", 1},
    Since{"Softplus", 1},
    Since{"Softsign", 1},
    Since{"SpaceToDepth", 1},
    Since{"Split", 2},
    Since{"Sqrt", 6},
    Since{"Squeeze", 1},
    Since{"Sub", 6},
    Since{"Sum", 6},
    Since{"Tanh", 6},
    Since{"Tile", 6},
    Since{"TopK", 1},
    Since{"Transpose", 1},
    Since{"Unsqueeze", 1},
    Since{"Xor", 1},
};

static_assert(std::is_sorted(kSince.begin(), kSince.end(),
                             [](const Since& a, const Since& b) { return a.op < b.op; }));

/// Reshapes the second input so that numpy's rules line its dims up with those of x from `axis` on.
Result<void> align_second_input(UpgradeContext& context, NodeIr& node, std::int64_t axis) {
  const int x_rank = context.fact(node.inputs[0]).rank;
  const int y_rank = context.fact(node.inputs[1]).rank;
  if (x_rank < 0 || y_rank < 0) {
    return unsupported("broadcasting by axis before opset 7 with unknown ranks",
                       "E-UNSUPPORTED-OPSET");
  }
  if (axis < 0) axis += x_rank;
  const std::int64_t trailing = x_rank - axis - y_rank;
  if (axis < 0 || trailing < 0) {
    return invalid_model("attribute 'axis' does not fit the inputs' ranks", "E-MODEL-ATTR");
  }
  if (trailing == 0) return {};
  std::vector<std::int64_t> axes;
  for (std::int64_t i = 0; i < trailing; ++i) axes.push_back(y_rank + i);
  const auto axes_name = context.add_ints(node, "axes", axes);
  node.inputs[1] = context.emit_new(node, "Unsqueeze", "aligned", {node.inputs[1], axes_name});
  return {};
}

}  // namespace

int oldest_opset(std::string_view op) {
  const auto at =
      std::lower_bound(kSince.begin(), kSince.end(), op,
                       [](const Since& row, std::string_view name) { return row.op < name; });
  return at != kSince.end() && at->op == op ? at->opset : kOldestOpset;
}

Result<void> upgrade_broadcast(UpgradeContext& context, NodeIr node) {
  VERNIER_ASSIGN(const auto broadcast, take_int(node, "broadcast"));
  VERNIER_ASSIGN(const auto axis, take_int(node, "axis"));
  if (node.inputs.size() < 2) return invalid_model("expected two inputs", "E-MODEL-ARITY");
  if (broadcast.value_or(0) != 0 && axis) {
    VERNIER_TRY(align_second_input(context, node, *axis));
  }
  if (broadcast) context.note(node, "attribute broadcast became numpy's broadcasting");
  context.emit(std::move(node));
  return {};
}

Result<void> upgrade_prelu(UpgradeContext& context, NodeIr node) {
  if (node.inputs.size() != 2) return invalid_model("expected two inputs", "E-MODEL-ARITY");
  const Tensor* slope = context.constant(node.inputs[1]);
  const bool shared = slope != nullptr && slope->element_count() == 1;
  if (!shared) {  // one slope a channel
    VERNIER_TRY(align_second_input(context, node, 1));
    context.note(node, "slope aligned with the channels");
  }
  context.emit(std::move(node));
  return {};
}

Result<void> take_is_test(NodeIr& node) {
  if (node.opset >= 7) return {};
  VERNIER_ASSIGN(const auto is_test, take_int(node, "is_test"));
  if (is_test.value_or(0) == 0) {
    return unsupported("training mode (is_test = 0)", "E-UNSUPPORTED-TRAINING");
  }
  return {};
}

}  // namespace vernier::onnx
