#include "onnx/upgrade.h"

#include <catch2/catch.hpp>

#include "support/import_test.h"

using namespace vernier;
namespace w = onnx_writer;

namespace {

using Values = std::vector<float>;

/// One node x -> y under `opset`, run on `x`. `dims` are y's; constants are initializers.
struct OneNode {
  std::string op;
  std::int64_t opset;
  std::vector<w::Bytes> attributes = {};
  Shape shape;
  Values x;
  std::vector<w::Bytes> constants = {};
  w::Names more_inputs = {};
  bool declare_rank = false;

  [[nodiscard]] std::string bytes() const {
    w::Names inputs{"x"};
    inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
    std::vector<w::Dim> dims;
    for (const std::int64_t dim : shape) dims.emplace_back(dim);
    const auto input = declare_rank ? w::value("x", 1, dims)
                                    : w::text(1, "x") + w::text(2, w::text(1, w::number(1, 1)));
    return w::model({{w::node(op, inputs, {"y"}, attributes, "n")},
                     {input},
                     {w::text(1, "y") + w::text(2, w::text(1, w::number(1, 1)))},
                     constants},
                    opset);
  }
  [[nodiscard]] Values run(Shape* out = nullptr) const {
    return import_and_run(bytes(), {Tensor::from_float(x, shape)}, out);
  }
  [[nodiscard]] std::vector<std::string> notes() const { return import_bytes(bytes())->notes; }
};

void check_close(const Values& actual, const Values& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    CAPTURE(i);
    CHECK(actual[i] == Approx(expected[i]).margin(1e-6));
  }
}

}  // namespace

TEST_CASE("axes attributes become inputs, with a note") {
  Shape shape;
  const OneNode squeeze{"Squeeze", 11, {w::attr_ints("axes", {0})}, {1, 2, 1}, {1, 2}};
  CHECK(squeeze.run(&shape) == Values{1, 2});
  CHECK(shape == Shape{2, 1});
  CHECK(squeeze.notes() ==
        std::vector<std::string>{"node 'n' (Squeeze, opset 11): attribute axes became an input"});
  CHECK(OneNode{"Unsqueeze", 11, {w::attr_ints("axes", {0, 3})}, {2, 1}, {1, 2}}.run(&shape) ==
        Values{1, 2});
  CHECK(shape == Shape{1, 2, 1, 1});
  CHECK(OneNode{"ReduceSum", 11, {w::attr_ints("axes", {1})}, {2, 2}, {1, 2, 3, 4}}.run(&shape) ==
        Values{3, 7});
  CHECK(shape == Shape{2, 1});
  CHECK(OneNode{"ReduceMax",
                13,
                {w::attr_ints("axes", {0}), w::attr_int("keepdims", 0)},
                {2, 2},
                {1, 4, 3, 2}}
            .run(&shape) == Values{3, 4});
  CHECK(shape == Shape{2});
  CHECK(OneNode{"ReduceMean", 13, {}, {2, 2}, {1, 2, 3, 6}}.run() == Values{3});
  CHECK(import_error(OneNode{"Unsqueeze", 11, {}, {1}, {1}}.bytes()) == "E-MODEL-ATTR");
}

TEST_CASE("an axes attribute where the opset wants an input is refused") {
  CHECK(import_error(OneNode{"Squeeze", 13, {w::attr_ints("axes", {0})}, {1}, {1}}.bytes()) ==
        "E-UNSUPPORTED-ATTR");
}

TEST_CASE("Clip, Pad, Slice, TopK and Dropout take their parameters as inputs") {
  Shape shape;
  CHECK(OneNode{"Clip", 6 + 1, {w::attr_float("min", 0), w::attr_float("max", 6)}, {3}, {-1, 3, 9}}
            .run() == Values{0, 3, 6});
  CHECK(OneNode{"Clip", 10, {w::attr_float("max", 6)}, {3}, {-1, 3, 9}}.run() == Values{-1, 3, 6});
  CHECK(OneNode{"Pad", 10, {w::attr_ints("pads", {1, 0}), w::attr_float("value", 7)}, {2}, {1, 2}}
            .run() == Values{7, 1, 2});
  CHECK(OneNode{"Pad", 10, {w::attr_ints("pads", {0, 1})}, {2}, {1, 2}}.run() == Values{1, 2, 0});
  CHECK(OneNode{
            "Slice",
            9,
            {w::attr_ints("starts", {-2}), w::attr_ints("ends", {1000}), w::attr_ints("axes", {0})},
            {3},
            {1, 2, 3}}
            .run() == Values{2, 3});
  CHECK(import_and_run(w::model({{w::node("TopK", {"x"}, {"y", ""}, {w::attr_int("k", 2)})},
                                 {w::value("x", 1, {3})},
                                 {w::value("y", 1, {2})}},
                                9),
                       {Tensor::from_float(Values{1, 3, 2}, {3})}) == Values{3, 2});
  CHECK(OneNode{"Dropout", 11, {w::attr_float("ratio", 0.3F)}, {2}, {1, 2}}.run() == Values{1, 2});
}

TEST_CASE("Clip keeps the dtype of its input when only the file knows it") {
  // x is declared float16 through a Cast, whose result has no declared type.
  const auto bytes = w::model({{w::node("Cast", {"x"}, {"h"}, {w::attr_int("to", 10)}),
                                w::node("Clip", {"h"}, {"c"}, {w::attr_float("max", 2)}),
                                w::node("Cast", {"c"}, {"y"}, {w::attr_int("to", 1)})},
                               {w::value("x", 1, {2})},
                               {w::value("y", 1, {2})},
                               {}},
                              10);
  CHECK(import_and_run(bytes, {Tensor::from_float(Values{1, 5}, {2})}) == Values{1, 2});
}

TEST_CASE("Split takes sizes from its attribute or the number of outputs") {
  const auto split = [](std::int64_t opset, const std::vector<w::Bytes>& attributes) {
    return import_and_run(w::model({{w::node("Split", {"x"}, {"y", "z"}, attributes)},
                                    {w::value("x", 1, {4})},
                                    {w::text(1, "y") + w::text(2, w::text(1, w::number(1, 1)))},
                                    {}},
                                   opset),
                          {Tensor::from_float(Values{1, 2, 3, 4}, {4})});
  };
  CHECK(split(11, {w::attr_ints("split", {1, 3})}) == Values{1});
  CHECK(split(11, {}) == Values{1, 2});
  CHECK(split(13, {}) == Values{1, 2});
}

TEST_CASE("Softmax before opset 13 normalises over all later axes") {
  // exp of these logarithms: 1 1 2 4 over the two last axes together.
  const float two = std::log(2.0F);
  const Values x{0, 0, two, 2 * two};
  const Values together{0.125F, 0.125F, 0.25F, 0.5F};
  Shape shape;
  for (const bool known : {false, true}) {
    CAPTURE(known);
    check_close(
        OneNode{"Softmax", 11, {w::attr_int("axis", 1)}, {1, 2, 2}, x, {}, {}, known}.run(&shape),
        together);
    CHECK(shape == Shape{1, 2, 2});
    check_close(OneNode{"Softmax", 11, {}, {1, 2, 2}, x, {}, {}, known}.run(), together);
    const Values last{0.5F, 0.5F, 1.0F / 3, 2.0F / 3};
    check_close(OneNode{"Softmax", 11, {w::attr_int("axis", 2)}, {1, 2, 2}, x, {}, {}, known}.run(),
                last);
    check_close(OneNode{"Softmax", 13, {}, {1, 2, 2}, x, {}, {}, known}.run(), last);
    check_close(OneNode{"Hardmax", 11, {}, {1, 2, 2}, x, {}, {}, known}.run(), {0, 0, 0, 1});
    check_close(OneNode{"LogSoftmax", 11, {}, {1, 2, 2}, x, {}, {}, known}.run(),
                {std::log(0.125F), std::log(0.125F), std::log(0.25F), std::log(0.5F)});
  }
  // With the rank known and the axis last, the node stays alone.
  CHECK(import_bytes(OneNode{"Softmax", 11, {}, {1, 4}, x, {}, {}, true}.bytes())
            ->graph.node_count() == 1);
}

TEST_CASE("Upsample and the old Resize repeat pixels from the corner") {
  const Values x{1, 2, 3, 4};
  const Values doubled{1, 1, 2, 2, 3, 3, 4, 4};
  const std::vector<w::Bytes> scales{w::tensor_floats("s", {4}, {1, 1, 1, 2})};
  CHECK(OneNode{"Upsample", 7, {w::attr_floats("scales", {1, 1, 1, 2})}, {1, 1, 2, 2}, x}.run() ==
        doubled);
  CHECK(OneNode{"Upsample", 9, {}, {1, 1, 2, 2}, x, scales, {"s"}}.run() == doubled);
  CHECK(OneNode{"Resize", 10, {}, {1, 1, 2, 2}, x, scales, {"s"}}.run() == doubled);
  // Linear, asymmetric: half way between the pixels, then clamped at the edge.
  CHECK(OneNode{"Upsample", 9, {w::attr_string("mode", "linear")}, {1, 1, 2, 2}, x, scales, {"s"}}
            .run() == Values{1, 1.5F, 2, 2, 3, 3.5F, 4, 4});
  // ONNX's test data for opset 10: scales 0.6 take pixels 0 and 2 of [1 2 3 4 / 5 6 7 8].
  CHECK(OneNode{"Resize",
                10,
                {},
                {1, 1, 2, 4},
                {1, 2, 3, 4, 5, 6, 7, 8},
                {w::tensor_floats("s", {4}, {1, 1, 0.6F, 0.6F})},
                {"s"}}
            .run() == Values{1, 3});
}

TEST_CASE("GroupNormalization of opset 18 has one scale a group") {
  // Two groups of two channels, one pixel: each group is normalised to -1, 1.
  const std::vector<w::Bytes> constants{w::tensor_floats("s", {2}, {1, 10}),
                                        w::tensor_floats("b", {2}, {0, 100})};
  const OneNode node{"GroupNormalization",
                     18,
                     {w::attr_int("num_groups", 2)},
                     {1, 4, 1},
                     {1, 3, 5, 9},
                     constants,
                     {"s", "b"}};
  const auto out = node.run();
  REQUIRE(out.size() == 4);
  const Values expected{-1, 1, 90, 110};
  for (std::size_t i = 0; i < 4; ++i) CHECK(out[i] == Approx(expected[i]).epsilon(1e-4));
}

TEST_CASE("BatchNormalization without training outputs, Scatter, GridSample modes") {
  const auto model = [](const w::Names& outputs, const char* used, std::int64_t opset) {
    return w::model({{w::node("BatchNormalization", {"x", "s", "b", "m", "v"}, outputs,
                              opset < 9 ? std::vector<w::Bytes>{w::attr_int("spatial", 1)}
                                        : std::vector<w::Bytes>{})},
                     {w::value("x", 1, {1, 1, 2})},
                     {w::text(1, used) + w::text(2, w::text(1, w::number(1, 1)))},
                     {w::tensor_floats("s", {1}, {2}), w::tensor_floats("b", {1}, {1}),
                      w::tensor_floats("m", {1}, {3}), w::tensor_floats("v", {1}, {1})}},
                    opset);
  };
  for (const std::int64_t opset : {7, 9}) {
    const auto out = import_and_run(model({"y", "mean", "var"}, "y", opset),
                                    {Tensor::from_float(Values{3, 4}, {1, 1, 2})});
    CHECK(out[0] == Approx(1));
    CHECK(out[1] == Approx(3).epsilon(1e-4));
    CHECK(import_error(model({"y", "mean", "var"}, "mean", opset)) == "E-UNSUPPORTED-TRAINING");
  }
  CHECK(OneNode{"Scatter",
                9,
                {w::attr_int("axis", 0)},
                {3},
                {1, 2, 3},
                {w::tensor_ints("i", {1}, {1}), w::tensor_floats("u", {1}, {9})},
                {"i", "u"}}
            .run() == Values{1, 9, 3});
  CHECK(OneNode{"GridSample",
                16,
                {w::attr_string("mode", "bilinear")},
                {1, 1, 1, 2},
                {2, 4},
                {w::tensor_floats("g", {1, 1, 1, 2}, {0, 0})},
                {"g"}}
            .run() == Values{3});
  CHECK(import_error(OneNode{"Scan", 8, {}, {1}, {1}}.bytes()) == "E-UNSUPPORTED-OPSET");
}

TEST_CASE("legacy consumed_inputs is dropped") {
  CHECK(OneNode{"Relu", 7, {w::attr_ints("consumed_inputs", {0})}, {2}, {-1, 1}}.run() ==
        Values{0, 1});
}

TEST_CASE("opset 6 broadcasts by attribute") {
  const std::vector<w::Bytes> pair{w::tensor_floats("b", {2}, {10, 20})};
  const Values x{1, 2, 3, 4};
  CHECK(OneNode{"Add", 6, {w::attr_int("broadcast", 1)}, {2, 2}, x, pair, {"b"}}.run() ==
        Values{11, 22, 13, 24});
  CHECK(OneNode{"Add",
                6,
                {w::attr_int("broadcast", 1), w::attr_int("axis", 0)},
                {2, 2},
                x,
                pair,
                {"b"},
                true}
            .run() == Values{11, 12, 23, 24});
  CHECK(import_error(OneNode{
            "Add", 6, {w::attr_int("broadcast", 1), w::attr_int("axis", 0)}, {2, 2}, x, pair, {"b"}}
                         .bytes()) == "E-UNSUPPORTED-OPSET");
  CHECK(OneNode{"Dropout", 6, {w::attr_int("is_test", 1)}, {2}, {1, 2}}.run() == Values{1, 2});
  CHECK(import_error(OneNode{"Dropout", 6, {}, {2}, {1, 2}}.bytes()) == "E-UNSUPPORTED-TRAINING");
  CHECK(import_error(OneNode{"Upsample", 6, {}, {2}, {1, 2}}.bytes()) == "E-UNSUPPORTED-OPSET");
}
