#include "passes/fusion_oracle.h"

#include <algorithm>
#include <functional>

#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

// What is expected of ort-cpu and openvino is what ONNX Runtime 1.32 and OpenVINO 2026.4 did with
// the same graphs (scripts/check-fusion, files planted-convolutions and planted-others).

namespace {

template <class T>
Tensor filled(DType dtype, const Shape& shape, T value) {
  Tensor tensor = Tensor::allocate(dtype, shape).value();
  std::fill_n(tensor.mutable_as<T>(), tensor.element_count(), value);
  return tensor;
}

Tensor number(DType dtype, const Shape& shape, int value) {
  if (dtype == DType::int32) return filled(dtype, shape, static_cast<std::int32_t>(value));
  if (dtype == DType::uint16) return filled(dtype, shape, static_cast<std::uint16_t>(value));
  return filled(dtype, shape, static_cast<std::uint8_t>(value));
}

struct Pair {
  float scale = 0.02F;
  int zero = 128;
  DType dtype = DType::uint8;
  bool written = true;
};
constexpr Pair kFromZero{0.02F, 0};

struct Weight {
  std::int64_t axis = 0;  ///< -1: one scale
  DType dtype = DType::int8;
  int zero = 0;
};

/// A graph with integers in front: pair("x") behind a convolution, and what a case puts behind it.
struct Net {
  Dsl dsl;
  ValueId x;
  ValueId stem;

  explicit Net(ValueType type = f32({1, 8, 6, 6})) : x(dsl.input("x", std::move(type))), stem(x) {}

  ValueId quantize(ValueId real, Pair p = {}) {
    std::vector<ValueId> inputs = {real, dsl.scalar(p.scale)};
    if (p.written) inputs.push_back(dsl.constant(number(p.dtype, {}, p.zero)));
    return dsl.op("QuantizeLinear", inputs);
  }
  ValueId dequantize(ValueId integers, Pair p = {}) {
    std::vector<ValueId> inputs = {integers, dsl.scalar(p.scale)};
    if (p.written) inputs.push_back(dsl.constant(number(p.dtype, {}, p.zero)));
    return dsl.op("DequantizeLinear", inputs);
  }
  ValueId pair(ValueId real, Pair p = {}) { return dequantize(quantize(real, p), p); }
  ValueId scales(std::int64_t count, float value) {
    return dsl.constant(count < 0 ? Tensor::scalar_float(value)
                                  : filled(DType::float32, {count}, value));
  }
  ValueId weight(const Shape& shape, Weight w = {}) {
    const std::int64_t count = w.axis < 0 ? -1 : shape[static_cast<std::size_t>(w.axis)];
    const Shape zeros = count < 0 ? Shape{} : Shape{count};
    return dsl.op("DequantizeLinear",
                  {dsl.constant(number(w.dtype, shape, 5)), scales(count, 0.01F),
                   dsl.constant(number(w.dtype, zeros, w.zero))},
                  {attr("axis", std::max<std::int64_t>(w.axis, 0))});
  }
  ValueId bias(std::int64_t count, float factor = 1.0F) {
    return dsl.op(
        "DequantizeLinear",
        {dsl.constant(number(DType::int32, {count}, 7)), scales(count, 0.02F * 0.01F * factor)},
        {attr("axis", 0)});
  }
  ValueId conv(ValueId in, ValueId w, ValueId b = ValueId::none) {
    std::vector<ValueId> inputs = {in, w};
    if (b != ValueId::none) inputs.push_back(b);
    return dsl.op("Conv", inputs, {attr("pads", {1, 1, 1, 1})});
  }
  ValueId conv(ValueId in) { return conv(in, weight({8, 8, 3, 3}), bias(8)); }
  Graph done(ValueId y) {
    dsl.output("y", y);
    return dsl.build();
  }
};

FusionNode verdict_of(const Graph& graph, std::string_view target, std::string_view op) {
  const auto nodes = predict_fusion(graph, target);
  REQUIRE(nodes);
  const FusionNode* found = nullptr;
  for (const FusionNode& node : *nodes) {
    if (node.op == op) found = &node;  // the last one
  }
  INFO(print(graph));
  REQUIRE(found != nullptr);
  return *found;
}

void require_rule(const Graph& graph, std::string_view target, std::string_view op,
                  FusionVerdict verdict, std::string_view rule) {
  const FusionNode node = verdict_of(graph, target, op);
  INFO(target << " " << op << ": " << fusion_verdict_name(node.verdict) << " by " << node.rule);
  CHECK(node.verdict == verdict);
  CHECK(node.rule == rule);
  CHECK_FALSE(node.reason.empty());
}

/// One case: what it builds, the operator that is looked at, and the rule for ONNX Runtime.
struct Case {
  const char* name;
  std::function<ValueId(Net&)> build;
  const char* op;
  FusionVerdict verdict;
  const char* rule;
};

constexpr auto kInteger = FusionVerdict::integer;
constexpr auto kIsland = FusionVerdict::island;
constexpr auto kFloat = FusionVerdict::floating;

ValueId clamped(Net& n, float high, Pair p) {
  return n.pair(n.dsl.op("Clip", {n.conv(n.pair(n.x)), n.dsl.scalar(0.0F), n.dsl.scalar(high)}), p);
}
ValueId relu(Net& n, Pair in, Pair out) {
  return n.pair(n.dsl.op("Relu", {n.conv(n.pair(n.x, in))}), out);
}
ValueId unary(Net& n, const char* op, Pair out = {}) {
  return n.pair(n.dsl.op(op, {n.pair(n.x)}), out);
}
ValueId pool(Net& n, Pair in, Pair out) {
  return n.pair(n.dsl.op("MaxPool", {n.pair(n.x, in)}, {attr("kernel_shape", {2, 2})}), out);
}

const Pair kSigned{0.02F, 0, DType::int8};
const Pair kSignedLow{0.02F, -128, DType::int8};
const Pair kWide{0.02F, 1000, DType::uint16};
const Pair kUnwritten{0.02F, 0, DType::uint8, false};

const Case kConvolutions[] = {
    {"int32 bias", [](Net& n) { return n.pair(n.conv(n.pair(n.x))); }, "Conv", kInteger,
     "ort-conv"},
    {"no bias",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.weight({8, 8, 3, 3})));
     },
     "Conv", kInteger, "ort-conv"},
    {"float bias",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.weight({8, 8, 3, 3}), n.dsl.weight({8})));
     },
     "Conv", kInteger, "ort-conv"},
    {"float weight",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.dsl.weight({8, 8, 3, 3})));
     },
     "Conv", kInteger, "ort-conv"},
    {"float weight with an int32 bias",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.dsl.weight({8, 8, 3, 3}), n.bias(8)));
     },
     "Conv", kIsland, "ort-weight-quantized"},
    {"uint8 weight",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.weight({8, 8, 3, 3}, {0, DType::uint8, 128})));
     },
     "Conv", kInteger, "ort-conv"},
    {"float bias, weight along the wrong axis",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.weight({8, 8, 3, 3}, {1}), n.dsl.weight({8})));
     },
     "Conv", kIsland, "ort-bias-int32"},
    {"bias of another scale",
     [](Net& n) {
       return n.pair(n.conv(n.pair(n.x), n.weight({8, 8, 3, 3}), n.bias(8, 2.0F)));
     },
     "Conv", kIsland, "ort-bias-scale"},
    {"float input", [](Net& n) { return n.pair(n.conv(n.x)); }, "Conv", kFloat,
     "ort-input-quantized"},
    {"no Q behind", [](Net& n) { return n.conv(n.pair(n.x)); }, "Conv", kFloat,
     "ort-output-quantized"},
    {"Q and another reader",
     [](Net& n) {
       const ValueId y = n.conv(n.pair(n.x));
       n.dsl.output("z", n.dsl.op("Exp", {y}));
       return n.pair(y);
     },
     "Conv", kIsland, "ort-output-quantized"},
    {"output of the graph",
     [](Net& n) {
       const ValueId y = n.conv(n.pair(n.x));
       n.dsl.output("z", y);
       return n.pair(y);
     },
     "Conv", kIsland, "ort-output-quantized"},
    {"two Q",
     [](Net& n) {
       const ValueId y = n.conv(n.pair(n.x));
       n.dsl.output("z", n.pair(y, {0.05F, 128}));
       return n.pair(y);
     },
     "Conv", kIsland, "ort-output-quantized"},
    {"activation without its own Q",
     [](Net& n) { return n.pair(n.dsl.op("HardSwish", {n.conv(n.pair(n.x))})); }, "Conv", kIsland,
     "ort-output-quantized"},
    {"Q carried in front of MaxPool",
     [](Net& n) {
       const ValueId y = n.dsl.op("Relu", {n.conv(n.pair(n.x))});
       return n.pair(n.dsl.op("MaxPool", {y}, {attr("kernel_shape", {2, 2})}), kFromZero);
     },
     "Conv", kInteger, "ort-conv"},
    {"16 bits", [](Net& n) { return n.pair(n.conv(n.pair(n.x, kWide)), kWide); }, "Conv", kIsland,
     "ort-activations-uint8"},
    {"int8", [](Net& n) { return n.pair(n.conv(n.pair(n.x, kSigned)), kSigned); }, "Conv", kInteger,
     "ort-conv"},
    {"int8 whose Q has two DQ",
     [](Net& n) {
       const ValueId q = n.quantize(n.x, kSigned);
       n.dsl.output("z", n.dequantize(q, kSigned));
       return n.pair(n.conv(n.dequantize(q, kSigned)), kSigned);
     },
     "Conv", kIsland, "ort-activations-uint8"},
};

const Case kClamps[] = {
    {"Relu, zero point 0", [](Net& n) { return relu(n, {}, kFromZero); }, "Relu", kInteger,
     "ort-clamp"},
    {"Relu, zero point 128", [](Net& n) { return relu(n, {}, {}); }, "Conv", kIsland,
     "ort-clamp-implied"},
    {"Relu of int8, zero point 0", [](Net& n) { return relu(n, kSigned, kSigned); }, "Conv",
     kIsland, "ort-clamp-implied"},
    {"Relu of int8, zero point -128", [](Net& n) { return relu(n, kSigned, kSignedLow); }, "Conv",
     kInteger, "ort-conv"},
    {"Relu alone", [](Net& n) { return unary(n, "Relu", kFromZero); }, "Relu", kIsland,
     "ort-clamp-alone"},
    {"Relu of a float convolution", [](Net& n) { return relu(n, {}, {}); }, "Relu", kIsland,
     "ort-clamp-follows-float"},
    {"Clip to the range of Q",
     [](Net& n) {
       return clamped(n, 6.0F, {6.0F / 255.0F, 0});
     },
     "Clip", kInteger, "ort-clamp"},
    {"Clip within the range of Q",
     [](Net& n) {
       return clamped(n, 6.0F, {7.0F / 255.0F, 0});
     },
     "Conv", kIsland, "ort-clamp-implied"},
};

const Case kOthers[] = {
    {"Sigmoid",
     [](Net& n) {
       return unary(n, "Sigmoid", {1.0F / 256.0F, 0});
     },
     "Sigmoid", kInteger, "ort-unary"},
    {"Softmax",
     [](Net& n) {
       return unary(n, "Softmax", {1.0F / 256.0F, 0});
     },
     "Softmax", kInteger, "ort-unary"},
    {"mean without Q", [](Net& n) { return n.dsl.op("GlobalAveragePool", {n.pair(n.x)}); },
     "GlobalAveragePool", kFloat, "ort-output-quantized"},
    {"HardSwish", [](Net& n) { return unary(n, "HardSwish"); }, "HardSwish", kIsland,
     "ort-no-integer-form"},
    {"Sub",
     [](Net& n) {
       return n.pair(n.dsl.op("Sub", {n.pair(n.x), n.pair(n.x, {0.5F, 0})}));
     },
     "Sub", kIsland, "ort-no-integer-form"},
    {"Add of other scales",
     [](Net& n) {
       return n.pair(n.dsl.op("Add", {n.pair(n.x), n.pair(n.x, {0.5F, 0})}));
     },
     "Add", kInteger, "ort-binary"},
    {"Add of a float constant",
     [](Net& n) {
       return n.pair(n.dsl.op("Add", {n.pair(n.x), n.dsl.scalar(1.0F)}));
     },
     "Add", kIsland, "ort-inputs-quantized"},
    {"Concat of other scales",
     [](Net& n) {
       return n.pair(n.dsl.op("Concat", {n.pair(n.x), n.pair(n.x, {0.5F, 0})}, {attr("axis", 1)}));
     },
     "Concat", kInteger, "ort-concat"},
    {"Concat without Q",
     [](Net& n) {
       return n.dsl.op("Concat", {n.pair(n.x), n.pair(n.x, {0.5F, 0})}, {attr("axis", 1)});
     },
     "Concat", kFloat, "ort-output-quantized"},
    {"MaxPool", [](Net& n) { return pool(n, {}, {}); }, "MaxPool", kInteger, "ort-move"},
    {"MaxPool to another scale",
     [](Net& n) {
       return pool(n, {}, {0.03F, 128});
     },
     "MaxPool", kIsland, "ort-same-parameters"},
    {"MaxPool without zero points", [](Net& n) { return pool(n, kUnwritten, kUnwritten); },
     "MaxPool", kIsland, "ort-zero-written"},
    {"Transpose, DQ carried behind it",
     [](Net& n) {
       return n.dsl.op("Transpose", {n.pair(n.x)}, {attr("perm", {0, 1, 3, 2})});
     },
     "Transpose", kInteger, "ort-move"},
    {"Transpose with Q and another reader",
     [](Net& n) {
       const ValueId y = n.dsl.op("Transpose", {n.pair(n.x)}, {attr("perm", {0, 1, 3, 2})});
       n.dsl.output("z", n.dsl.op("Exp", {y}));
       return n.pair(y);
     },
     "Transpose", kIsland, "ort-moves-quantized"},
    {"Flatten without Q", [](Net& n) { return n.dsl.op("Flatten", {n.pair(n.x)}); }, "Flatten",
     kFloat, "ort-moves-quantized"},
};

ValueId matrix(Net& n) { return n.pair(n.dsl.op("Flatten", {n.x})); }

const Case kProducts[] = {
    {"MatMul with Q",
     [](Net& n) {
       return n.pair(n.dsl.op("MatMul", {matrix(n), n.weight({288, 4}, {1})}));
     },
     "MatMul", kInteger, "ort-matmul"},
    {"MatMul without Q",
     [](Net& n) {
       return n.dsl.op("MatMul", {matrix(n), n.weight({288, 4}, {1})});
     },
     "MatMul", kInteger, "ort-matmul"},
    {"MatMul with scales along the rows",
     [](Net& n) {
       return n.pair(n.dsl.op("MatMul", {matrix(n), n.weight({288, 4}, {0})}));
     },
     "MatMul", kIsland, "ort-weight-by-column"},
    {"MatMul and a float bias",
     [](Net& n) {
       const ValueId y = n.dsl.op("MatMul", {matrix(n), n.weight({288, 4}, {1})});
       return n.pair(n.dsl.op("Add", {y, n.dsl.weight({4})}));
     },
     "Add", kInteger, "ort-matmul-add"},
    {"MatMul and a float bias without Q",
     [](Net& n) {
       const ValueId y = n.dsl.op("MatMul", {matrix(n), n.weight({288, 4}, {1})});
       return n.dsl.op("Add", {y, n.dsl.weight({4})});
     },
     "MatMul", kFloat, "ort-bias-int32"},
    {"Gemm without Q",
     [](Net& n) {
       return n.dsl.op("Gemm", {matrix(n), n.weight({288, 4}, {1}), n.bias(4)});
     },
     "Gemm", kInteger, "ort-gemm"},
    {"Gemm without Q, float bias",
     [](Net& n) {
       return n.dsl.op("Gemm", {matrix(n), n.weight({288, 4}, {1}), n.dsl.weight({4})});
     },
     "Gemm", kFloat, "ort-bias-int32"},
    {"Gemm with beta",
     [](Net& n) {
       return n.pair(
           n.dsl.op("Gemm", {matrix(n), n.weight({288, 4}, {1}), n.bias(4)}, {attr("beta", 0.5F)}));
     },
     "Gemm", kIsland, "ort-gemm-factors"},
};

void check(const Case& c) {
  INFO(c.name);
  Net net;
  const ValueId y = c.build(net);
  require_rule(net.done(y), "ort-cpu", c.op, c.verdict, c.rule);
}

}  // namespace

TEST_CASE("ONNX Runtime: convolutions", "[passes]") {
  for (const Case& c : kConvolutions) check(c);
}

TEST_CASE("ONNX Runtime: Relu and Clip belong to a Q of their range", "[passes]") {
  for (const Case& c : kClamps) check(c);
}

TEST_CASE("ONNX Runtime: operators without weights", "[passes]") {
  for (const Case& c : kOthers) check(c);
}

TEST_CASE("ONNX Runtime: matrix products", "[passes]") {
  for (const Case& c : kProducts) check(c);
}

TEST_CASE("OpenVINO: convolutions need no Q behind, but symmetric weights", "[passes]") {
  struct Row {
    Weight weight;
    FusionVerdict verdict;
    const char* rule;
  };
  for (const Row& row : {Row{{}, kInteger, "ov-conv"}, Row{{-1}, kInteger, "ov-conv"},
                         Row{{0, DType::uint8, 128}, kFloat, "ov-weight-symmetric"},
                         Row{{0, DType::int8, 3}, kFloat, "ov-weight-symmetric"},
                         Row{{1}, kFloat, "ov-weight-axis"}}) {
    Net n;
    const ValueId y = n.conv(n.pair(n.x), n.weight({8, 8, 3, 3}, row.weight));
    require_rule(n.done(y), "openvino", "Conv", row.verdict, row.rule);
  }
  Net wide;
  require_rule(wide.done(wide.conv(wide.pair(wide.x, kWide))), "openvino", "Conv", kFloat,
               "ov-input-quantized");
}

TEST_CASE("OpenVINO: output channels of a ConvTranspose lie along axis 1", "[passes]") {
  for (const int axis : {0, 1}) {
    Net n;
    const ValueId y =
        n.dsl.op("ConvTranspose", {n.pair(n.x), n.weight({8, 8, 2, 2}, Weight{axis})});
    require_rule(n.done(y), "openvino", "ConvTranspose", axis == 1 ? kInteger : kFloat,
                 axis == 1 ? "ov-conv" : "ov-weight-axis");
  }
}

TEST_CASE("OpenVINO: what follows a product joins it", "[passes]") {
  Net relu_net;
  const ValueId r = relu(relu_net, {}, {});
  require_rule(relu_net.done(r), "openvino", "Relu", kInteger, "ov-fused");
  Net n;  // x * sigmoid(x)
  const ValueId c = n.conv(n.pair(n.x));
  const ValueId s = n.dsl.op("Sigmoid", {c});
  const Graph graph = n.done(n.pair(n.dsl.op("Mul", {c, s})));
  require_rule(graph, "openvino", "Sigmoid", kInteger, "ov-fused");
  require_rule(graph, "openvino", "Mul", kInteger, "ov-fused");
  require_rule(graph, "ort-cpu", "Mul", kIsland, "ort-inputs-quantized");
}

TEST_CASE("OpenVINO: parts of a Concat with different scales", "[passes]") {
  for (const float scale : {0.02F, 0.5F}) {
    Net n;
    const ValueId joined =
        n.dsl.op("Concat", {n.pair(n.x), n.pair(n.x, {scale, 128})}, {attr("axis", 2)});
    const Graph graph = n.done(n.conv(joined));
    require_rule(graph, "openvino", "Concat", kInteger, "ov-keeps");
    const bool same = scale == 0.02F;
    require_rule(graph, "openvino", "Conv", same ? kInteger : kFloat,
                 same ? "ov-conv" : "ov-one-scale");
  }
}

TEST_CASE("OpenVINO: attention is one operator when its scores are integer", "[passes]") {
  for (const int zero : {0, 128}) {
    Net n(f32({1, 8, 16}));
    const auto linear = [&] { return n.dsl.op("MatMul", {n.pair(n.x), n.weight({16, 16}, {1})}); };
    const auto turned = [&](const std::vector<std::int64_t>& perm) {
      const ValueId heads = n.dsl.op("Reshape", {linear(), n.dsl.ints({1, 8, 2, 8})});
      return n.dsl.op("Transpose", {heads}, {attr("perm", perm)});
    };
    const ValueId q = n.pair(turned({0, 2, 1, 3}), kSigned);
    const ValueId k =
        n.pair(turned({0, 2, 3, 1}), zero == 0 ? kSigned : Pair{0.02F, zero, DType::uint8});
    const ValueId v = turned({0, 2, 1, 3});
    const ValueId scores = n.dsl.op("Div", {n.dsl.op("MatMul", {q, k}), n.dsl.scalar(2.8F)});
    const ValueId share = n.dsl.op("Softmax", {scores}, {attr("axis", -1)});
    const ValueId mixed = n.dsl.op("MatMul", {share, v});
    const ValueId back = n.dsl.op("Transpose", {mixed}, {attr("perm", {0, 2, 1, 3})});
    const Graph graph = n.done(n.dsl.op("Reshape", {back, n.dsl.ints({1, 8, 16})}));
    INFO("zero point " << zero);
    const auto rule_of = [&](ValueId value) {
      const auto nodes = predict_fusion(graph, "openvino");
      REQUIRE(nodes);
      for (const FusionNode& node : *nodes) {
        if (node.output == graph.value(value).name) return std::string(node.rule);
      }
      return std::string();
    };
    const bool whole = zero == 0;
    CHECK((rule_of(share) == "ov-attention") == whole);
    CHECK((rule_of(mixed) == "ov-attention") == whole);
    CHECK((rule_of(v) == "ov-attention") == whole);
    CHECK((rule_of(back) == "ov-attention") == whole);
    const Node& key =
        graph.node(graph.value(graph.node(graph.value(k).producer).inputs[0]).producer);
    CHECK((rule_of(key.inputs[0]) == "ov-pulled") == whole);
    // What attention gives are floats.
    require_rule(graph, "openvino", "Reshape", kFloat, "ov-inputs-quantized");
  }
}

TEST_CASE("OpenVINO: HardSigmoid and linear Resize stay float", "[passes]") {
  Net n;
  require_rule(n.done(unary(n, "HardSigmoid")), "openvino", "HardSigmoid", kIsland,
               "ov-no-integer-form");
  Net m;
  const ValueId resized =
      m.dsl.op("Resize",
               {m.pair(m.x), ValueId::none,
                m.dsl.constant(Tensor::from_float(std::vector<float>{1, 1, 2, 2}, Shape{4}))},
               {attr("mode", "linear")});
  const Graph graph = m.done(m.pair(resized));
  require_rule(graph, "openvino", "Resize", kIsland, "ov-resize-nearest");
  require_rule(graph, "ort-cpu", "Resize", kIsland, "ort-resize-nearest");
}

TEST_CASE("ONNX Runtime carries Q over what Shape reads as well", "[passes]") {
  for (const char* other : {"Shape", "Relu"}) {
    Net n;
    const ValueId sum = n.dsl.op("Exp", {n.x});
    n.dsl.output("z", n.dsl.op(other, {sum}));
    const ValueId turned = n.dsl.op("Transpose", {sum}, {attr("perm", {0, 2, 3, 1})});
    const Graph graph = n.done(n.pair(turned));
    const bool carried = std::string(other) == "Shape";
    require_rule(graph, "ort-cpu", "Transpose", carried ? kInteger : kFloat,
                 carried ? "ort-move-in-front-of-q" : "ort-input-quantized");
  }
}

TEST_CASE("QOperator form is integer for ONNX Runtime only", "[passes]") {
  Net n(typed(DType::uint8, {1, 8, 6, 6}));
  const ValueId scale = n.dsl.scalar(0.02F);
  const ValueId zero = n.dsl.constant(number(DType::uint8, {}, 128));
  const ValueId w = n.dsl.constant(number(DType::int8, {8, 8, 1, 1}, 5));
  const ValueId w_zero = n.dsl.constant(number(DType::int8, {}, 0));
  const Graph graph =
      n.done(n.dsl.op("QLinearConv", {n.x, scale, zero, w, scale, w_zero, scale, zero}));
  require_rule(graph, "ort-cpu", "QLinearConv", kInteger, "ort-qoperator");
  require_rule(graph, "openvino", "QLinearConv", kFloat, "ov-qdq-form");
  require_rule(graph, "tensorrt", "QLinearConv", kFloat, "trt-qdq-form");
}

TEST_CASE("TensorRT: explicit quantization", "[passes]") {
  struct Row {
    Pair pair;
    Weight weight;
    bool quantized_bias;
    FusionVerdict verdict;
    const char* rule;
  };
  for (const Row& row :
       {Row{kSigned, {}, false, kInteger, "trt-weights"}, Row{{}, {}, false, kFloat, "trt-int8"},
        Row{kSignedLow, {}, false, kFloat, "trt-zero-point-0"},
        Row{kSigned, {1}, false, kFloat, "trt-weight-axis"},
        Row{kSigned, {0, DType::int8, 3}, false, kFloat, "trt-weight-symmetric"},
        Row{kSigned, {}, true, kFloat, "trt-bias-float"}}) {
    Net n;
    const ValueId bias = row.quantized_bias ? n.bias(8) : n.dsl.weight({8});
    const ValueId y = n.conv(n.pair(n.x, row.pair), n.weight({8, 8, 3, 3}, row.weight), bias);
    require_rule(n.done(y), "tensorrt", "Conv", row.verdict, row.rule);
  }
  Net n;
  const Graph graph = n.done(n.dsl.op("GlobalAveragePool", {n.pair(n.x, kSigned)}));
  require_rule(graph, "tensorrt", "GlobalAveragePool", kFloat, "trt-output-quantized");
}

TEST_CASE("the oracle counts nodes that compute on real numbers of the inputs", "[passes]") {
  Net n;
  const ValueId shape = n.dsl.op("Shape", {n.x});
  const ValueId constant = n.dsl.op("Exp", {n.dsl.scalar(1.0F)});
  const ValueId y = n.dsl.op("Mul", {n.dsl.op("Reshape", {n.pair(n.x), shape}), constant});
  const auto nodes = predict_fusion(n.done(n.dsl.op("Identity", {y})), "ort-cpu");
  REQUIRE(nodes);
  REQUIRE(nodes->size() == 2);
  CHECK(nodes->at(0).op == "Reshape");
  CHECK(nodes->at(0).reached);
  CHECK(nodes->at(1).op == "Mul");
}

TEST_CASE("a target without rules is an error of usage", "[passes]") {
  Net n;
  const auto nodes = predict_fusion(n.done(n.pair(n.x)), "vernier");
  REQUIRE_FALSE(nodes);
  CHECK(nodes.error().code == Errc::usage);
  CHECK(nodes.error().message.find("ort-cpu, openvino, tensorrt") != std::string::npos);
}
