#include "onnx/import.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "onnx/external_data.h"
#include "support/import_test.h"
#include "support/temp_dir.h"

using namespace vernier;
namespace w = onnx_writer;

namespace {

const w::Bytes kX = w::value("x", 1, {"n", 2});
const w::Bytes kY = w::value("y", 1, {"n", 2});

Tensor floats(const std::vector<float>& values, const Shape& shape) {
  return Tensor::from_float(values, shape);
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a model keeps its names, symbols, opset and constants") {
  const auto bytes =
      w::model({{w::node("Add", {"x", "b"}, {"s"}, {}, "add"), w::node("Relu", {"s"}, {"y"})},
                {kX},
                {kY},
                {w::tensor_floats("b", {2}, {1, -5})}}) +
      w::text(14, w::entry("author", "me"));
  const auto model = import_bytes(bytes);
  REQUIRE(model);
  const Graph& graph = model->graph;
  CHECK(model->ir_version == 8);
  CHECK(model->opset_imports.at("") == 17);
  CHECK(model->producer_name == "test");
  CHECK(model->graph_name == "g");
  CHECK(model->metadata.at("author") == "me");
  REQUIRE(graph.inputs.size() == 1);
  CHECK(to_string(graph.value(graph.inputs[0].value).type) == "float[n,2]");
  CHECK(graph.outputs[0].name == "y");
  CHECK(graph.node_count() == 2);
  const Node& add = graph.node(static_cast<NodeId>(0));
  CHECK(add.name == "add");
  CHECK(graph.node(static_cast<NodeId>(1)).name == "y");  // unnamed: its first output
  CHECK(graph.is_constant(add.inputs[1]));
  CHECK(import_and_run(bytes, {floats({1, 2, 3, 9}, {2, 2})}) == std::vector<float>{2, 0, 4, 4});
}

TEST_CASE("initializers in one file are told apart by their storage") {
  const auto model = import_bytes(
      w::model({{w::node("Add", {"a", "b"}, {"y"})},
                {},
                {kY},
                {w::tensor_floats("a", {2}, {1, 2}), w::tensor_floats("b", {2}, {3, 4})}}));
  REQUIRE(model);
  const Node& add = model->graph.node(static_cast<NodeId>(0));
  CHECK(model->graph.value(add.inputs[0]).constant->content_id() !=
        model->graph.value(add.inputs[1]).constant->content_id());
}

TEST_CASE("an initializer that is listed as an input is a constant") {
  const auto bytes = w::model({{w::node("Add", {"x", "b"}, {"y"})},
                               {kX, w::value("b", 1, {2})},
                               {kY},
                               {w::tensor_floats("b", {2}, {1, 2})}},
                              17, {}, 3);
  const auto model = import_bytes(bytes);
  REQUIRE(model);
  CHECK(model->graph.inputs.size() == 1);
  CHECK(model->notes.empty());
}

TEST_CASE("constant nodes of every form become constants") {
  const auto run = [](const w::Bytes& attribute) {
    return import_and_run(w::model({{w::node("Constant", {}, {"c"}, {attribute}),
                                     w::node("Cast", {"c"}, {"f"}, {w::attr_int("to", 1)}),
                                     w::node("Add", {"x", "f"}, {"y"})},
                                    {kX},
                                    {kY},
                                    {}}),
                          {floats({0, 0}, {1, 2})});
  };
  using V = std::vector<float>;
  CHECK(run(w::attr_float("value_float", 2.5F)) == V{2.5F, 2.5F});
  CHECK(run(w::attr_int("value_int", 3)) == V{3, 3});
  CHECK(run(w::attr_ints("value_ints", {4, 5})) == V{4, 5});
  CHECK(run(w::attr_floats("value_floats", {6, 7})) == V{6, 7});
  CHECK(run(w::attr_tensor("value", w::tensor_floats("", {2}, {8, 9}))) == V{8, 9});
  const auto sparse = w::text(1, w::tensor_floats("", {1}, {3})) +
                      w::text(2, w::tensor_ints("", {1}, {1})) + w::number(3, 2);
  CHECK(run(w::text(1, "sparse_value") + w::text(22, sparse) + w::number(20, 11)) == V{0, 3});
}

TEST_CASE("an operator nobody knows is listed with all the others") {
  const auto model = import_bytes(
      w::model({{w::node("Foo", {"x"}, {"a"}, {}, "n1"), w::node("Foo", {"a"}, {"b"}, {}, "n2"),
                 w::node("Baz", {"b"}, {"y"}, {}, "n3", "com.bar")},
                {kX},
                {kY},
                {}}));
  REQUIRE_FALSE(model);
  CHECK(model.error().code == Errc::unsupported);
  CHECK(model.error().id == "E-UNSUPPORTED-OP");
  CHECK(model.error().message ==
        "2 operators are not supported: Foo (2 nodes, first 'n1'), com.bar.Baz (1 node, first "
        "'n3')");
}

TEST_CASE("attributes, opsets and arities are checked") {
  const auto relu = [](const std::vector<w::Bytes>& attributes, const w::Names& inputs,
                       std::int64_t opset) {
    return import_error(
        w::model({{w::node("Relu", inputs, {"y"}, attributes)}, {kX}, {kY}, {}}, opset));
  };
  CHECK(relu({}, {"x"}, 17) == "accepted");
  CHECK(relu({w::attr_int("alpha", 1)}, {"x"}, 17) == "E-UNSUPPORTED-ATTR");
  CHECK(relu({w::attr_int("a", 1), w::attr_int("a", 1)}, {"x"}, 17) == "E-MODEL-ATTR");
  CHECK(relu({w::attr_ref("alpha", "beta", 1)}, {"x"}, 17) == "E-MODEL-ATTR");
  CHECK(relu({}, {"x"}, 6) == "accepted");  // the same then
  CHECK(relu({}, {"x"}, 5) == "E-UNSUPPORTED-OPSET");
  CHECK(relu({}, {"x"}, 28) == "E-UNSUPPORTED-OPSET");
  CHECK(relu({}, {"x"}, 0) == "E-MODEL-OPSET");
  CHECK(relu({}, {"x", "x"}, 17) == "E-MODEL-ARITY");
  CHECK(relu({}, {}, 17) == "E-MODEL-ARITY");
  CHECK(relu({}, {""}, 17) == "E-MODEL-ARITY");
  CHECK(relu({}, {"x", ""}, 17) == "accepted");  // trailing empty names are omitted inputs
}

TEST_CASE("bodies name what they capture") {
  const auto then_body =
      w::graph({{w::node("Add", {"x", "w"}, {"t"})}, {}, {w::value("t", 1, {2})}});
  const auto else_body =
      w::graph({{w::node("Sub", {"x", "s"}, {"e"})}, {}, {w::value("e", 1, {2})}});
  const auto bytes = w::model(
      {{w::node("Mul", {"x", "x"}, {"s"}),
        w::node("If", {"c"}, {"y"},
                {w::attr_graph("else_branch", else_body), w::attr_graph("then_branch", then_body)},
                "choice")},
       {w::value("x", 1, {2}), w::value("c", 9, {})},
       {w::value("y", 1, {2})},
       {w::tensor_floats("w", {2}, {10, 20})}});
  const auto model = import_bytes(bytes);
  REQUIRE(model);
  const Graph& graph = model->graph;
  const Node& choice = graph.node(static_cast<NodeId>(1));
  REQUIRE(choice.subgraphs.size() == 2);
  CHECK(choice.subgraphs[0]->outputs[0].name == "t");  // then first, whatever the file's order
  CHECK(choice.captured == 3);
  CHECK(choice.formal_input_count() == 1);
  REQUIRE(choice.subgraphs[0]->captures.size() == 3);
  REQUIRE(choice.subgraphs[1]->captures.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string outer = graph.value(choice.inputs[1 + i]).name;
    for (const GraphPtr& body : choice.subgraphs) {
      const ValueId inner = body->captures[i];
      if (inner != ValueId::none) CHECK(body->value(inner).name == outer);
    }
  }
  CHECK(choice.subgraphs[0]->captures[2] == ValueId::none);  // "s" is read by else only
  const auto x = floats({2, 3}, {2});
  for (const bool condition : {true, false}) {
    auto flag = Tensor::allocate(DType::boolean, Shape{});
    REQUIRE(flag);
    *flag->mutable_as<bool>() = condition;
    CHECK(import_and_run(bytes, {x, *flag}) ==
          (condition ? std::vector<float>{12, 23} : std::vector<float>{-2, -6}));
  }
}

TEST_CASE("captures reach through nested bodies") {
  const auto inner = w::graph({{w::node("Add", {"x", "x"}, {"i"})}, {}, {w::value("i", 1, {2})}});
  const auto outer = w::graph(
      {{w::node("If", {"c"}, {"o"},
                {w::attr_graph("then_branch", inner), w::attr_graph("else_branch", inner)})},
       {},
       {w::value("o", 1, {2})}});
  const auto bytes = w::model(
      {{w::node("If", {"c"}, {"y"},
                {w::attr_graph("then_branch", outer), w::attr_graph("else_branch", outer)})},
       {w::value("x", 1, {2}), w::value("c", 9, {})},
       {w::value("y", 1, {2})},
       {}});
  auto flag = Tensor::allocate(DType::boolean, Shape{});
  REQUIRE(flag);
  *flag->mutable_as<bool>() = true;
  CHECK(import_and_run(bytes, {floats({2, 3}, {2}), *flag}) == std::vector<float>{4, 6});
}

TEST_CASE("functions are inlined, also nested and with attributes") {
  // leaky(x; slope = 0.5) and twice(x) = leaky(leaky(x; 0.1)); y is the sum of two calls.
  const auto leaky =
      w::function({"local",
                   "leaky",
                   {"a"},
                   {"b"},
                   {},
                   {w::attr_float("slope", 0.5F)},
                   {w::node("LeakyRelu", {"a"}, {"b"}, {w::attr_ref("alpha", "slope", 1)})}});
  const auto twice =
      w::function({"local",
                   "twice",
                   {"a"},
                   {"b"},
                   {},
                   {},
                   {w::node("leaky", {"a"}, {"t"}, {w::attr_float("slope", 0.1F)}, "", "local"),
                    w::node("leaky", {"t"}, {"b"}, {}, "", "local")}});
  const auto bytes = w::model(
      {{w::node("twice", {"x"}, {"t"}, {}, "first", "local"),
        w::node("twice", {"t"}, {"u"}, {}, "second", "local"), w::node("Add", {"t", "u"}, {"y"})},
       {kX},
       {kY},
       {}},
      17, {leaky, twice});
  const auto model = import_bytes(bytes);
  REQUIRE(model);
  CHECK(model->graph.node_count() == 5);
  const auto out = import_and_run(bytes, {floats({-1, 4}, {1, 2})});
  CHECK(out[0] == Approx(-0.05 - 0.0025));
  CHECK(out[1] == 8);
}

TEST_CASE("an error in a tensor names it once") {
  const auto model = import_bytes(w::model({{w::node("Add", {"x", "bias"}, {"y"})},
                                            {kX},
                                            {kY},
                                            {w::tensor_raw("bias", 1, {4}, "too short")}}));
  REQUIRE_FALSE(model);
  const std::string line = format_error(model.error());
  const auto first = line.find("'bias'");
  REQUIRE(first != std::string::npos);
  INFO(line);
  CHECK(line.find("'bias'", first + 1) == std::string::npos);
}

TEST_CASE("names that inlining makes are limited together") {
  // 30 calls of a function, one inside the other's label: a long label is repeated in every name.
  w::Names values = {"x"};
  std::vector<w::Bytes> calls;
  for (int i = 0; i < 30; ++i) {
    values.push_back("v" + std::to_string(i));
    calls.push_back(w::node("f", {values[values.size() - 2]}, {values.back()}, {},
                            std::string(60'000, 'n'), "local"));
  }
  std::vector<w::Bytes> inside;
  for (int i = 0; i < 20; ++i) {
    const auto name = [](int k) { return k == 20 ? std::string("b") : "t" + std::to_string(k); };
    inside.push_back(w::node("Neg", {i == 0 ? "a" : name(i)}, {name(i + 1)}));
  }
  const auto function = w::function({"local", "f", {"a"}, {"b"}, {}, {}, inside});
  const auto bytes =
      w::model({calls, {w::value("x", 1, {2})}, {w::value("v29", 1, {2})}, {}}, 17, {function});
  const auto limited = [&](std::size_t limit) {
    vernier::onnx::ImportOptions options;
    options.max_inlined_name_bytes = limit;
    const auto model = import_bytes(bytes, options);
    return model ? std::string("accepted") : model.error().id;
  };
  // 30 calls x (20 nodes + 19 values) x 60,000 bytes are 70.2 MB.
  CHECK(limited(70'000'000) == "E-LIMIT-NAME");
  CHECK(limited(71'000'000) == "accepted");
  CHECK(import_error(bytes) == "accepted");
}

TEST_CASE("a function output that is an input becomes an Identity") {
  const auto same = w::function({"local", "same", {"a"}, {"a"}, {}, {}, {}});
  CHECK(import_and_run(w::model({{w::node("same", {"x"}, {"y"}, {}, "", "local")}, {kX}, {kY}, {}},
                                17, {same}),
                       {floats({1, 2}, {1, 2})}) == std::vector<float>{1, 2});
}

TEST_CASE("a body inside a function is renamed with it") {
  const auto body = w::graph({{w::node("Add", {"a", "t"}, {"r"})}, {}, {w::value("r", 1, {2})}});
  const auto function = w::function(
      {"local",
       "f",
       {"a", "c"},
       {"b"},
       {},
       {},
       {w::node("Mul", {"a", "a"}, {"t"}),
        w::node("If", {"c"}, {"b"},
                {w::attr_graph("then_branch", body), w::attr_graph("else_branch", body)})}});
  const auto bytes = w::model({{w::node("f", {"x", "c"}, {"t"}, {}, "", "local"),
                                w::node("f", {"t", "c"}, {"y"}, {}, "", "local")},
                               {w::value("x", 1, {2}), w::value("c", 9, {})},
                               {w::value("y", 1, {2})},
                               {}},
                              17, {function});
  auto flag = Tensor::allocate(DType::boolean, Shape{});
  REQUIRE(flag);
  *flag->mutable_as<bool>() = true;
  CHECK(import_and_run(bytes, {floats({1, 2}, {2}), *flag}) == std::vector<float>{6, 42});
}

TEST_CASE("external data is read beneath the model's directory") {
  const TempDir dir;
  write(dir.file("w.bin"), std::string("....") + w::raw<float>({3, 4}));
  const auto model_with = [&](const std::vector<std::pair<std::string, std::string>>& entries) {
    write(dir.file("m.onnx"), w::model({{w::node("Add", {"x", "b"}, {"y"})},
                                        {kX},
                                        {kY},
                                        {w::tensor_external("b", 1, {2}, entries)}}));
    return onnx::import_model(dir.file("m.onnx"));
  };
  const auto model =
      model_with({{"location", "w.bin"}, {"offset", "4"}, {"length", "8"}, {"checksum", "00"}});
  REQUIRE(model);
  const Node& add = model->graph.node(static_cast<NodeId>(0));
  CHECK(model->graph.value(add.inputs[1]).constant->span<float>()[1] == 4);
  CHECK(model_with({{"location", "w.bin"}, {"offset", "4"}}).has_value());
}

TEST_CASE("files that hold tensors are found wherever a tensor can be") {
  const TempDir dir;
  const auto tensor = [](const std::string& name, const std::string& file) {
    return w::tensor_external(name, 1, {2}, {{"offset", "0"}, {"location", file}});
  };
  const auto body =
      w::graph({{w::node("Constant", {}, {"c"}, {w::attr_tensor("value", tensor("", "c.bin"))}),
                 w::node("Add", {"c", "v"}, {"r"})},
                {},
                {w::value("r", 1, {std::int64_t{2}})},
                {tensor("v", "sub/v.bin")}});
  write(
      dir.file("m.onnx"),
      w::model({{w::node("If", {"flag"}, {"y"},
                         {w::attr_graph("then_branch", body), w::attr_graph("else_branch", body)})},
                {kX},
                {kY},
                {tensor("a", "w.bin"), tensor("b", "w.bin")}}));
  const auto found = onnx::external_locations(dir.file("m.onnx"));
  REQUIRE(found);
  CHECK(*found == std::vector<std::string>{"c.bin", "sub/v.bin", "w.bin"});
  write(dir.file("m.onnx"), "no model");
  CHECK(onnx::external_locations(dir.file("m.onnx")).value().empty());
  CHECK_FALSE(onnx::external_locations(dir.file("none.onnx")));
}

TEST_CASE("a file that cannot be opened is an error of data, with the path") {
  const auto model = onnx::import_model("/nonexistent/m.onnx");
  REQUIRE_FALSE(model);
  CHECK(model.error().id == "E-FILE-OPEN");
  CHECK(model.error().where.model == "/nonexistent/m.onnx");
}
