#include <algorithm>
#include <set>

#include "passes/insert_qdq.h"
#include "passes/qdq_placement.h"
#include "support/graph_dsl.h"

using namespace vernier;
using namespace vernier::test;

namespace {

QuantTarget target(const char* name) {
  auto found = find_quant_target(name);
  REQUIRE(found);
  return *found;
}

QdqPlacement place(const Graph& graph, const char* name,
                   const std::vector<std::string>& exclude = {}) {
  auto placement = place_qdq(graph, target(name), exclude);
  if (!placement) FAIL(format_error(placement.error()));
  return std::move(placement).value();
}

bool is_placed(const QdqPlacement& placement, ValueId value) {
  return std::any_of(placement.tensors.begin(), placement.tensors.end(),
                     [&](const PlacedTensor& tensor) { return tensor.value == value; });
}
ValueId root_of(const QdqPlacement& placement, ValueId value) {
  for (const PlacedTensor& tensor : placement.tensors) {
    if (tensor.value == value) return tensor.root;
  }
  return ValueId::none;
}
std::string float_reason(const Graph& graph, const QdqPlacement& placement, ValueId output) {
  const std::string& name = graph.node(graph.value(output).producer).name;
  for (const RecipeFloat& node : placement.floats) {
    if (node.node == name) return node.reason;
  }
  return {};
}

/// conv(8 channels) helper on a [1, 8, 8, 8] tensor.
struct Net {
  Dsl dsl;
  ValueId x = dsl.input("x", f32({1, 8, 8, 8}));
  ValueId conv(ValueId v) {
    return dsl.op("Conv", {v, dsl.weight({8, 8, 3, 3}), dsl.weight({8})},
                  {attr("pads", {1, 1, 1, 1})});
  }
  ValueId gemm(ValueId v) {
    return dsl.op("Gemm", {dsl.op("Flatten", {dsl.op("GlobalAveragePool", {v})}),
                           dsl.weight({8, 10}), dsl.weight({10})});
  }
  Graph done(ValueId y) {
    dsl.output("y", y);
    Graph graph = dsl.build();
    name_all_nodes(graph);
    return graph;
  }
};

/// A convolution, its activation, and the product with a squeeze-and-excite gate.
struct Excited {
  ValueId x, pool, squeezed, gate, product;
  Graph graph;
};
Excited excited(const char* activation, const std::vector<std::int64_t>& mean_over = {}) {
  Net net;
  Excited e;
  e.x = net.dsl.op(activation, {net.conv(net.x)});
  e.pool = mean_over.empty() ? net.dsl.op("GlobalAveragePool", {e.x})
                             : net.dsl.op("ReduceMean", {e.x, net.dsl.ints(mean_over)});
  const auto pixel = [&](ValueId v) {
    return net.dsl.op("Conv", {v, net.dsl.weight({8, 8, 1, 1}), net.dsl.weight({8})});
  };
  e.squeezed = net.dsl.op("Relu", {pixel(e.pool)});
  e.gate = net.dsl.op("HardSigmoid", {pixel(e.squeezed)});
  e.product = net.dsl.op("Mul", {e.x, e.gate});
  e.graph = net.done(net.gemm(net.conv(e.product)));
  return e;
}

/// Made-up parameters for everything that was placed.
QuantRecipe recipe_for(const Graph& graph, const QdqPlacement& placement) {
  QuantRecipe recipe;
  for (const PlacedTensor& tensor : placement.tensors) {
    recipe.tensors.push_back(
        {graph.value(tensor.value).name, asymmetric_u8({-4.0, 4.0}), "test", ""});
  }
  for (const PlacedWeight& weight : placement.weights) {
    const Tensor& w = *graph.value(graph.node(weight.node).inputs[1]).constant;
    recipe.weights.push_back({graph.node(weight.node).name,
                              weight.axis,
                              absmax_scales(w.span<float>(), ChannelBlocks(w.shape(), weight.axis)),
                              "absmax",
                              {}});
  }
  return recipe;
}

}  // namespace

TEST_CASE("a Relu behind a convolution becomes part of its Q", "[passes]") {
  Net net;
  const ValueId c = net.conv(net.x);
  const ValueId r = net.dsl.op("Relu", {c});
  const Graph graph = net.done(net.gemm(r));
  const QdqPlacement placement = place(graph, "ort-cpu");
  CHECK(is_placed(placement, net.x));
  CHECK_FALSE(is_placed(placement, c));
  CHECK(is_placed(placement, r));
  CHECK(placement.weights.size() == 2);
  CHECK(placement.floats.empty());
}

TEST_CASE("an activation without integer form has Q on both sides", "[passes]") {
  Net net;
  const ValueId c = net.conv(net.x);
  const ValueId h = net.dsl.op("HardSwish", {c});
  const Graph graph = net.done(net.gemm(h));
  const QdqPlacement placement = place(graph, "ort-cpu");
  CHECK(is_placed(placement, c));
  CHECK(is_placed(placement, h));
}

TEST_CASE("ranges end where what reads a tensor saturates", "[passes]") {
  Net net;
  const ValueId c = net.conv(net.x);
  const ValueId h = net.dsl.op("HardSwish", {c});
  const ValueId d = net.conv(h);
  const ValueId s = net.dsl.op("HardSigmoid", {d}, {attr("alpha", 0.25F)});
  const ValueId e = net.conv(s);
  const ValueId silu = net.dsl.op("Mul", {e, net.dsl.op("Sigmoid", {e})});
  const Graph graph = net.done(net.gemm(silu));
  for (const PlacedTensor& tensor : place(graph, "vernier").tensors) {
    if (tensor.value == c) CHECK((tensor.useful && tensor.useful->low == -3.0));
    if (tensor.value == d) CHECK((tensor.useful && tensor.useful->low == -2.0));
    if (tensor.value == d) CHECK((tensor.useful && tensor.useful->high == 2.0));
    if (tensor.value == e) CHECK((tensor.useful && tensor.useful->low == -8.0));
    if (tensor.value == h) CHECK_FALSE(tensor.useful);
  }
}

TEST_CASE("what OpenVINO fuses behind a convolution is not rounded in between", "[passes]") {
  Net net;
  const ValueId c = net.conv(net.x);
  const ValueId silu = net.dsl.op("Mul", {c, net.dsl.op("Sigmoid", {c})});
  const ValueId d = net.conv(silu);
  const ValueId h = net.dsl.op("HardSwish", {d});
  const ValueId scaled = net.dsl.op("Mul", {h, net.dsl.scalar(2.0F)});
  const ValueId moved = net.dsl.op("Add", {scaled, net.dsl.weight({8, 1, 1})});
  const Graph graph = net.done(net.gemm(moved));
  const QdqPlacement placement = place(graph, "openvino");
  for (const ValueId inside : {c, d, h, scaled}) CHECK_FALSE(is_placed(placement, inside));
  for (const ValueId end : {silu, moved}) CHECK(is_placed(placement, end));
  CHECK(placement.weights.size() == 3);
  CHECK(is_placed(place(graph, "ort-cpu"), c));
  // Somebody else reads the convolution: then it is rounded.
  Net shared;
  const ValueId e = shared.conv(shared.x);
  const ValueId s = shared.dsl.op("Mul", {e, shared.dsl.op("Sigmoid", {e})});
  const Graph both = shared.done(shared.gemm(shared.conv(shared.dsl.op("Add", {s, e}))));
  CHECK(is_placed(place(both, "openvino"), e));
}

TEST_CASE("parts of a Concat share its parameters where bytes pass through it", "[passes]") {
  Net net;
  const ValueId a = net.dsl.op("Relu", {net.conv(net.x)});
  const ValueId b = net.dsl.op("Relu", {net.conv(a)});
  const ValueId pooled =
      net.dsl.op("MaxPool", {b}, {attr("kernel_shape", {3, 3}), attr("pads", {1, 1, 1, 1})});
  const ValueId first = net.dsl.op("Concat", {a, pooled}, {attr("axis", 2)});
  const ValueId f = net.conv(first);
  const ValueId second = net.dsl.op("Concat", {a, net.dsl.op("Relu", {f})}, {attr("axis", 2)});
  const Graph graph = net.done(net.gemm(net.conv(second)));
  const QdqPlacement placement = place(graph, "openvino");
  CHECK(root_of(placement, a) == first);
  CHECK(root_of(placement, b) == first);
  CHECK_FALSE(is_placed(placement, pooled));
  for (const PlacedTensor& tensor : placement.tensors) {
    if (tensor.value == first) CHECK_FALSE(tensor.inserted);  // nothing is left to convert
    if (tensor.value == second) CHECK(tensor.inserted);       // `a` has the first one's parameters
  }
  for (const PlacedWeight& weight : placement.weights) {
    if (weight.output == f) CHECK(weight.root == first);
  }
  const QdqPlacement ort = place(graph, "ort-cpu");
  CHECK(root_of(ort, a) == a);
  CHECK(is_placed(ort, pooled));
}

TEST_CASE("a gate is quantized by itself where the target multiplies integers", "[passes]") {
  Net net;
  const ValueId c = net.conv(net.x);
  const ValueId s = net.dsl.op("Sigmoid", {c});
  const ValueId m = net.dsl.op("Mul", {c, s});
  const Graph graph = net.done(net.gemm(m));
  const QdqPlacement ort = place(graph, "ort-cpu");
  CHECK(is_placed(ort, s));
  CHECK(is_placed(ort, m));
  const QdqPlacement own = place(graph, "vernier");
  CHECK(is_placed(own, c));
  CHECK_FALSE(is_placed(own, s));
  CHECK(is_placed(own, m));
  for (const PlacedTensor& tensor : ort.tensors) {
    if (tensor.value == s) CHECK((tensor.fixed && tensor.fixed->high == 1.0));
  }
}

TEST_CASE("the pixel of a squeeze-and-excite gate stays float, the product does not", "[passes]") {
  const std::vector<std::int64_t> pools[] = {{}, {2, 3}, {-1, -2}};
  for (const std::vector<std::int64_t>& mean_over : pools) {
    const Excited e = excited("Relu", mean_over);
    const QdqPlacement placement = place(e.graph, "vernier");
    CHECK(is_placed(placement, e.x));
    CHECK_FALSE(is_placed(placement, e.pool));
    CHECK_FALSE(is_placed(placement, e.squeezed));
    CHECK(is_placed(placement, e.gate));
    CHECK(is_placed(placement, e.product));
    CHECK(placement.weights.size() == 3);
    CHECK(float_reason(e.graph, placement, e.pool).find("gate") != std::string::npos);
  }
}

TEST_CASE("ONNX Runtime's gates are integers, products with float activations are not",
          "[passes]") {
  for (const char* activation : {"Relu", "HardSwish"}) {
    INFO(activation);
    const bool in_float = std::string(activation) == "HardSwish";
    const Excited e = excited(activation);
    const QdqPlacement placement = place(e.graph, "ort-cpu");
    CHECK(placement.weights.size() == 5);
    CHECK(is_placed(placement, e.pool));
    CHECK(is_placed(placement, e.squeezed));
    CHECK(is_placed(placement, e.product));
    CHECK(is_placed(placement, e.gate) == !in_float);
    const auto integer = [&](ValueId id) {
      const NodeId maker = e.graph.value(id).producer;
      return std::find(placement.integers.begin(), placement.integers.end(), maker) !=
             placement.integers.end();
    };
    CHECK(integer(e.product) == !in_float);
  }
}

TEST_CASE("operators that move values share the parameters of what they read", "[passes]") {
  Net net;
  const ValueId c = net.conv(net.x);
  const ValueId p = net.dsl.op("MaxPool", {c}, {attr("kernel_shape", {2, 2})});
  const ValueId t = net.dsl.op("Transpose", {p}, {attr("perm", {0, 1, 3, 2})});
  const Graph graph = net.done(net.gemm(net.conv(t)));
  const QdqPlacement placement = place(graph, "ort-cpu");
  CHECK(root_of(placement, p) == c);
  CHECK(root_of(placement, t) == c);
}

TEST_CASE("what follows the last product stays float", "[passes]") {
  Net net;
  const ValueId a = net.conv(net.x);
  const ValueId b = net.conv(a);
  const ValueId joined = net.dsl.op("Concat", {a, b}, {attr("axis", 1)});
  const Graph graph = net.done(net.dsl.op("Sigmoid", {joined}));
  const QdqPlacement placement = place(graph, "ort-cpu");
  CHECK_FALSE(is_placed(placement, joined));
  CHECK(float_reason(graph, placement, joined).find("head") != std::string::npos);
  CHECK(is_placed(placement, b));  // a convolution is integer only with Q behind it
}

TEST_CASE("residual sums, and a convolution that leaves the model", "[passes]") {
  Net net;
  const ValueId a = net.conv(net.x);
  const ValueId b = net.conv(a);
  const ValueId sum = net.dsl.op("Add", {a, b});
  const ValueId relu = net.dsl.op("Relu", {sum});
  const ValueId last = net.conv(relu);
  const Graph graph = net.done(last);
  const QdqPlacement ort = place(graph, "ort-cpu");
  CHECK(is_placed(ort, a));
  CHECK(is_placed(ort, b));
  CHECK_FALSE(is_placed(ort, sum));
  CHECK(is_placed(ort, relu));
  CHECK(float_reason(graph, ort, last) == "its output leaves the model");
  CHECK(ort.weights.size() == 2);
  // TensorRT: inputs only, and of the sum the operand that is no convolution's alone.
  const QdqPlacement rt = place(graph, "tensorrt");
  CHECK(rt.weights.size() == 3);
  CHECK(is_placed(rt, a));
  CHECK_FALSE(is_placed(rt, b));
  CHECK(is_placed(rt, relu));
}

TEST_CASE("transposed convolutions are integers where the target has them", "[passes]") {
  Net n;
  const auto up = [&](ValueId v, std::int64_t groups) {
    return n.dsl.op("ConvTranspose", {v, n.dsl.weight({8, 8 / groups, 2, 2}), n.dsl.weight({8})},
                    {attr("strides", {2, 2}), attr("group", groups)});
  };
  const ValueId a = n.conv(n.x);
  const ValueId first = up(a, 1);
  const ValueId relu = n.dsl.op("Relu", {first});
  const ValueId grouped = up(relu, 2);
  const ValueId last = up(grouped, 1);
  const Graph graph = n.done(n.dsl.op("Sigmoid", {last}));
  for (const char* name : {"openvino", "tensorrt"}) {
    const QdqPlacement placement = place(graph, name);
    INFO(name);
    REQUIRE(placement.weights.size() == 3);
    CHECK(placement.weights[1].axis == 1);
    CHECK(placement.weights[1].channel_axis == 1);
    CHECK(is_placed(placement, relu) == (std::string(name) == "openvino"));
    CHECK(is_placed(placement, grouped));
    CHECK(!is_placed(placement, last));  // floats that leave the model
    CHECK(float_reason(graph, placement, grouped) == "it has several groups");
  }
  const QdqPlacement none = place(graph, "ort-cpu");
  CHECK(none.weights.size() == 1);  // of the Conv
  CHECK(float_reason(graph, none, first) == "no integer form of the operator");
}

TEST_CASE("excluded nodes stay float, unknown ones are a usage error", "[passes]") {
  Net net;
  const ValueId a = net.conv(net.x);
  const ValueId b = net.conv(a);
  const Graph graph = net.done(net.gemm(b));
  const std::string name = graph.node(graph.value(b).producer).name;
  const QdqPlacement placement = place(graph, "ort-cpu", {name});
  CHECK(placement.weights.size() == 2);
  CHECK(float_reason(graph, placement, b) == "excluded by request");
  const std::vector<std::string> unknown = {"nobody"};
  CHECK(place_qdq(graph, target("ort-cpu"), unknown).error().id == "E-QUANT-EXCLUDE");
  CHECK(find_quant_target("gpu").error().id == "E-QUANT-TARGET");
}

TEST_CASE("products of two activations and tiny weights stay float", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({4, 16}));
  const ValueId w = dsl.op("MatMul", {x, dsl.weight({16, 16})});
  const ValueId both = dsl.op("MatMul", {w, dsl.op("Transpose", {w})});
  const ValueId tiny = dsl.op("MatMul", {both, dsl.weight({4, 2})});
  dsl.output("y", tiny);
  Graph graph = dsl.build();
  name_all_nodes(graph);
  const QdqPlacement placement = place(graph, "vernier");
  CHECK(placement.weights.size() == 1);
  CHECK(placement.candidates == 3);
  CHECK(float_reason(graph, placement, both) == "both operands are activations");
  CHECK(float_reason(graph, placement, tiny) == "its weight is small");
}

TEST_CASE("attention is integer where the target multiplies activations", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 8, 16}));
  const auto linear = [&](ValueId v) {
    return dsl.op("Add", {dsl.op("MatMul", {v, dsl.weight({16, 16})}), dsl.weight({16})});
  };
  const auto heads = [&](ValueId v, const std::vector<std::int64_t>& perm) {
    const ValueId split = dsl.op("Reshape", {v, dsl.ints({1, 8, 2, 8})});
    return dsl.op("Transpose", {split}, {attr("perm", perm)});
  };
  const ValueId query = linear(x);
  const ValueId key = linear(x);
  const ValueId q = heads(query, {0, 2, 1, 3});
  const ValueId k = heads(key, {0, 2, 3, 1});
  const ValueId scores = dsl.op("MatMul", {q, k});
  const ValueId share = dsl.op("Softmax", {scores}, {attr("axis", -1)});
  const ValueId mixed = dsl.op("MatMul", {share, heads(linear(x), {0, 2, 1, 3})});
  const ValueId back = dsl.op("Transpose", {mixed}, {attr("perm", {0, 2, 1, 3})});
  const ValueId joined = dsl.op("Reshape", {back, dsl.ints({1, 8, 16})});
  const ValueId self =
      dsl.op("MatMul", {joined, dsl.op("Transpose", {x}, {attr("perm", {0, 2, 1})})});
  dsl.output("z", self);
  dsl.output("y", linear(joined));
  Graph graph = dsl.build();
  name_all_nodes(graph);
  const auto tensor_of = [](const QdqPlacement& placement, ValueId value) {
    for (const PlacedTensor& tensor : placement.tensors) {
      if (tensor.value == value) return tensor;
    }
    return PlacedTensor{};
  };

  const QdqPlacement ov = place(graph, "openvino");
  CHECK(ov.candidates == 7);
  CHECK(ov.quantized == 5);
  CHECK(float_reason(graph, ov, mixed) == "both operands are activations");
  CHECK(float_reason(graph, ov, self) == "both operands are activations");
  for (const auto& [operand, root] : {std::pair(q, query), std::pair(k, key)}) {
    CHECK(tensor_of(ov, operand).inserted);
    CHECK(tensor_of(ov, operand).symmetric);
    CHECK(tensor_of(ov, operand).root == root);
    CHECK(tensor_of(ov, root).value == root);  // only looked at
    CHECK(!tensor_of(ov, root).inserted);
  }
  CHECK(!is_placed(ov, share));
  // Floats are transposed, then quantized.
  CHECK(tensor_of(ov, joined).inserted);
  CHECK(!tensor_of(ov, joined).symmetric);
  CHECK(tensor_of(ov, joined).root == mixed);
  CHECK(!tensor_of(ov, mixed).inserted);
  CHECK(!is_placed(ov, back));

  for (const char* name : {"vernier", "ort-cpu", "tensorrt"}) {
    INFO(name);
    const QdqPlacement other = place(graph, name);
    CHECK(other.quantized == 4);
    CHECK(!is_placed(other, q));
    CHECK(!is_placed(other, k));
    CHECK(float_reason(graph, other, scores) == "both operands are activations");
    CHECK(tensor_of(other, mixed).inserted);
  }
}

TEST_CASE("insertion gives what the recipe says, one DQ for each reader", "[passes]") {
  Net net;
  const ValueId a = net.conv(net.x);
  const ValueId b = net.conv(a);
  const ValueId sum = net.dsl.op("Add", {a, b});
  Graph graph = net.done(net.gemm(sum));
  const Tensor x = random_tensor({1, 8, 8, 8}, 5);
  const QuantTarget ort = target("ort-cpu");
  const QdqPlacement placement = place(graph, "ort-cpu");
  QuantRecipe recipe = recipe_for(graph, placement);
  recipe.biases.push_back(
      {graph.node(placement.weights[0].node).name, std::vector<float>(8, 0.5F), "test"});
  const Graph before = graph;
  const auto inserted = insert_qdq(graph, recipe, ort);
  if (!inserted) FAIL(format_error(inserted.error()));
  INFO(print(graph));
  CHECK(inserted->weights == 3);
  CHECK(count_ops(graph, "QuantizeLinear") == placement.tensors.size());
  // x, a (2 readers), b, sum, pooled, flat; 3 weights, 3 biases
  CHECK(count_ops(graph, "DequantizeLinear") == 7 + 6);
  std::set<std::string> names;
  for (std::size_t i = 0; i < graph.node_capacity(); ++i) {
    const auto id = static_cast<NodeId>(i);
    if (!graph.alive(id)) continue;
    CHECK(names.insert(graph.node(id).name).second);
    if (graph.node(id).op->name != "QuantizeLinear") continue;
    REQUIRE(graph.node(id).inputs.size() == 3);
    CHECK(graph.is_constant(graph.node(id).inputs[2]));  // the zero point is there
  }
  const auto quantized = evaluate(graph, {x});
  const auto real = evaluate(before, {x});
  CHECK(quantized[0].shape() == real[0].shape());
  CHECK(distance(quantized[0], real[0]) > 0.0);
}

TEST_CASE("the bias of a MatMul is the row of the Add that alone reads it", "[passes]") {
  const auto refused = [](auto make, const std::string& part) {
    Dsl dsl;
    const ValueId x = dsl.input("x", f32({2, 3, 16}));
    const ValueId product = dsl.op("MatMul", {x, dsl.weight({16, 8})});
    make(dsl, product);
    Graph graph = dsl.build();
    name_all_nodes(graph);
    const QdqPlacement placement = place(graph, "ort-cpu");
    REQUIRE(placement.weights.size() == 1);
    CHECK(placement.weights[0].has_bias == part.empty());
    QuantRecipe recipe = recipe_for(graph, placement);
    recipe.biases.push_back({recipe.weights[0].node, std::vector<float>(8, 0.5F), "test"});
    const Graph before = graph;
    const auto inserted = insert_qdq(graph, recipe, target("ort-cpu"));
    if (!part.empty()) {
      REQUIRE_FALSE(inserted);
      CHECK(inserted.error().message.find(part) != std::string::npos);
      return;
    }
    if (!inserted) FAIL(format_error(inserted.error()));
    // What is added is there, up to the rounding of everything else.
    const Tensor data = random_tensor({2, 3, 16}, 5);
    Graph plain = before;
    recipe.biases.clear();
    REQUIRE(insert_qdq(plain, recipe, target("ort-cpu")));
    const auto with = evaluate(graph, {data});
    const auto without = evaluate(plain, {data});
    for (std::size_t i = 0; i < 48; ++i) {
      CHECK(with[0].as<float>()[i] - without[0].as<float>()[i] == Approx(0.5F).margin(1e-5));
    }
  };
  refused([](Dsl& dsl, ValueId y) { dsl.output("y", dsl.op("Add", {dsl.weight({8}), y})); }, "");
  refused(
      [](Dsl& dsl, ValueId y) {
        dsl.output("y", dsl.op("Add", {y, dsl.weight({1, 1, 8})}));
      },
      "");
  refused([](Dsl& dsl, ValueId y) { dsl.output("y", dsl.op("Add", {y, dsl.weight({1})})); }, "");
  refused([](Dsl& dsl, ValueId y) { dsl.output("y", y); }, "has no bias");
  refused(
      [](Dsl& dsl, ValueId y) {
        dsl.output("y", dsl.op("Add", {y, dsl.weight({3, 8})}));
      },
      "has no bias");
  refused(
      [](Dsl& dsl, ValueId y) {
        dsl.output("y", dsl.op("Mul", {y, dsl.weight({8})}));
      },
      "has no bias");
  refused(
      [](Dsl& dsl, ValueId y) {
        dsl.output("y", dsl.op("Add", {y, dsl.weight({8})}));
        dsl.output("raw", y);
      },
      "has no bias");
}

TEST_CASE("nodes with one weight share its integers", "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 16}));
  const ValueId w = dsl.weight({16, 16});
  const ValueId first = dsl.op("Gemm", {dsl.op("Erf", {x}), w, dsl.weight({16})});
  dsl.output("y", dsl.op("Gemm", {dsl.op("Erf", {first}), w, dsl.weight({16})}));
  Graph graph = dsl.build();
  name_all_nodes(graph);
  const QuantRecipe recipe = recipe_for(graph, place(graph, "ort-cpu"));
  REQUIRE(recipe.weights.size() == 2);
  const auto integers = [&](const QuantRecipe& by) {
    Graph made = graph;
    REQUIRE(insert_qdq(made, by, target("ort-cpu")));
    std::set<ValueId> constants;
    for (std::size_t i = 0; i < made.node_capacity(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!made.alive(id) || !made.node(id).is("Gemm")) continue;
      constants.insert(made.node(made.value(made.node(id).inputs[1]).producer).inputs[0]);
    }
    return constants.size();
  };
  CHECK(integers(recipe) == 1);
  QuantRecipe apart = recipe;
  apart.weights[1].scales[0] *= 2.0F;
  CHECK(integers(apart) == 2);
}

TEST_CASE("an exactly representable model does not change", "[passes]") {
  // Weights k / 127 * 127 and inputs on the grid: quantization loses nothing.
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({2, 16}));
  std::vector<float> w(16 * 8);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(static_cast<int>(i) - 60);
  w[127] = 127.0F;
  for (std::size_t c = 0; c < 8; ++c) w[c] = c % 2 == 0 ? 127.0F : -127.0F;
  std::vector<float> bias = {1, -2, 3, 0, 100, 7, 8, 9};
  const ValueId y = dsl.op("Gemm", {x, dsl.constant(Tensor::from_float(w, {16, 8})),
                                    dsl.constant(Tensor::from_float(bias, {8}))});
  dsl.output("y", y);
  Graph graph = dsl.build();
  name_all_nodes(graph);
  std::vector<float> values(32);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(static_cast<int>(i * 8) - 100);
  }
  const Tensor data = Tensor::from_float(values, {2, 16});
  const auto real = evaluate(graph, {data});
  const QdqPlacement placement = place(graph, "vernier");
  QuantRecipe recipe = recipe_for(graph, placement);
  REQUIRE(recipe.tensors.size() == 1);
  recipe.tensors[0].quant = {DType::uint8, 1.0F, 100};
  REQUIRE(insert_qdq(graph, recipe, target("vernier")));
  CHECK(distance(evaluate(graph, {data})[0], real[0]) < 1e-6);
}

TEST_CASE("recipes that do not fit the graph are refused", "[passes]") {
  const auto refused = [](auto change, const std::string& part) {
    Net net;
    Graph graph = net.done(net.gemm(net.conv(net.x)));
    QuantRecipe recipe = recipe_for(graph, place(graph, "vernier"));
    change(recipe);
    const auto inserted = insert_qdq(graph, recipe, target("vernier"));
    REQUIRE_FALSE(inserted);
    INFO(inserted.error().message);
    CHECK(inserted.error().id == "E-RECIPE");
    CHECK(inserted.error().message.find(part) != std::string::npos);
  };
  refused([](QuantRecipe& r) { r.tensors[0].name = "nothing"; }, "no tensor 'nothing'");
  refused([](QuantRecipe& r) { r.weights[0].node = "nobody"; }, "no node 'nobody'");
  refused([](QuantRecipe& r) { r.weights[0].scales.pop_back(); }, "do not fit");
  refused([](QuantRecipe& r) { r.weights[0].axis = 7; }, "do not fit");
  refused(
      [](QuantRecipe& r) {
        r.biases.push_back({r.weights[0].node, {1.0F}, ""});
      },
      "1 values, not 8");
}

TEST_CASE("a tensor is quantized where it is read, whatever dead values are called", "[passes]") {
  Net net;
  const ValueId dead = net.dsl.op("Relu", {net.x});
  const ValueId first = net.conv(net.x);
  Graph graph = net.done(net.gemm(net.conv(first)));
  // As folding leaves it: a value that nothing reads, made earlier, has the name of a live one.
  const std::string name = graph.value(first).name;
  graph.rename(dead, name);
  REQUIRE(index_of(dead) < index_of(first));
  QuantRecipe recipe;
  recipe.tensors.push_back({name, {DType::uint8, 0.1F, 3}, "", ""});
  REQUIRE(insert_qdq(graph, recipe, target("ort-cpu")));
  CHECK(count_ops(graph, "QuantizeLinear") == 1);
}

TEST_CASE("channels whose pairs can saturate are counted where weights become integers",
          "[passes]") {
  Dsl dsl;
  const ValueId x = dsl.input("x", f32({1, 2, 4}));
  const ValueId conv = dsl.op(
      "Conv", {x, dsl.constant(Tensor::from_float(std::vector<float>(2, 127.0F), {2, 1, 1}))},
      {attr("group", 2)});
  const ValueId product =
      dsl.op("MatMul", {dsl.op("Transpose", {conv}, {attr("perm", {0, 2, 1})}),
                        dsl.constant(Tensor::from_float(
                            std::vector<float>{100, 100, 64, 65, 100, -100, 64, 64}, {2, 4}))});
  dsl.output("y", product);
  Graph graph = dsl.build();
  QuantRecipe recipe;
  recipe.weights.push_back({only(graph, "Conv").name, 0, {1.0F}, "test", {}});
  recipe.weights.push_back({only(graph, "MatMul").name, 1, {1.0F}, "test", {}});
  const auto inserted = insert_qdq(graph, recipe, target("ort-cpu"));
  if (!inserted) FAIL(format_error(inserted.error()));
  CHECK(inserted->weights == 2);
  // Columns (100, 100) and (65, 64) are beyond 128; depthwise weights are not counted.
  CHECK(inserted->channels == 4);
  CHECK(inserted->risky_channels == 2);
}
