#include <catch2/catch.hpp>

#include "onnx/upgrade.h"
#include "support/import_test.h"

using namespace vernier;
namespace w = onnx_writer;

namespace {

using Values = std::vector<float>;

/// com.microsoft's operators on integers that QuantizeLinear makes of x; the result is turned back
/// with scale 0.5 and zero point 10. Scales: xs 0.5 (zero 4), ys 0.5 (zero 10).
struct Contrib {
  std::vector<w::Bytes> nodes;
  std::vector<w::Bytes> constants = {};
  Shape shape;
  Values x;

  [[nodiscard]] std::string bytes(bool output_is_float = false) const {
    std::vector<w::Bytes> all = {w::node("QuantizeLinear", {"x", "xs", "xz"}, {"q"})};
    all.insert(all.end(), nodes.begin(), nodes.end());
    if (!output_is_float) {
      all.push_back(w::node("DequantizeLinear", {"r", "ys", "yz"}, {"y"}));
    }
    std::vector<w::Bytes> initializers = {
        w::tensor_raw("xs", 1, {}, w::raw(Values{0.5F})),
        w::tensor_raw("xz", 2, {}, w::raw(std::vector<std::uint8_t>{4})),
        w::tensor_raw("ys", 1, {}, w::raw(Values{0.5F})),
        w::tensor_raw("yz", 2, {}, w::raw(std::vector<std::uint8_t>{10}))};
    initializers.insert(initializers.end(), constants.begin(), constants.end());
    std::vector<w::Dim> dims;
    for (const std::int64_t dim : shape) dims.emplace_back(dim);
    const auto any = w::text(1, "y") + w::text(2, w::text(1, w::number(1, 1)));
    return w::model({all, {w::value("x", 1, dims)}, {any}, initializers}, 17) +
           w::text(8, w::opset_import("com.microsoft", 1));
  }
  [[nodiscard]] Values run(bool output_is_float = false) const {
    return import_and_run(bytes(output_is_float), {Tensor::from_float(x, shape)});
  }
};

w::Bytes contrib(const char* op, const w::Names& inputs,
                 const std::vector<w::Bytes>& attributes = {}) {
  return w::node(op, inputs, {"r"}, attributes, "n", "com.microsoft");
}

}  // namespace

TEST_CASE("QLinearAdd and QLinearMul are spelled with Q and DQ") {
  const Contrib add{{contrib("QLinearAdd", {"q", "xs", "xz", "q", "xs", "xz", "ys", "yz"})},
                    {},
                    {4},
                    {0, 1, -1, 2.5F}};
  CHECK(add.run() == Values{0, 2, -2, 5});
  const Contrib mul{{contrib("QLinearMul", {"q", "xs", "xz", "q", "xs", "xz", "ys", "yz"})},
                    {},
                    {4},
                    {0, 1, -2, 3}};
  CHECK(mul.run() == Values{0, 1, 4, 9});
  CHECK(import_bytes(add.bytes())->notes ==
        std::vector<std::string>{"node 'n' (QLinearAdd, opset 1): spelled with DequantizeLinear "
                                 "and QuantizeLinear"});
}

TEST_CASE("a zero point that is left out is zero") {
  const Contrib add{
      {contrib("QLinearAdd", {"q", "xs", "xz", "q", "xs", "", "ys", "yz"})}, {}, {2}, {0, 1}};
  CHECK(add.run() == Values{2, 4});  // the right operand reads 2 more
}

TEST_CASE("unary QLinear operators") {
  const w::Names operands = {"q", "xs", "xz", "ys", "yz"};
  CHECK(Contrib{{contrib("QLinearLeakyRelu", operands, {w::attr_float("alpha", 0.5F)})},
                {},
                {3},
                {-2, 0, 3}}
            .run() == Values{-1, 0, 3});
  CHECK(Contrib{{contrib("QLinearSigmoid", operands)}, {}, {2}, {-2, 100}}.run() == Values{0, 1});
  CHECK(Contrib{{contrib("QLinearGlobalAveragePool", operands)}, {}, {1, 1, 2, 2}, {1, 2, 3, 4}}
            .run() == Values{2.5F});
  CHECK(Contrib{{contrib("QLinearAveragePool", operands,
                         {w::attr_ints("kernel_shape", {1, 2}), w::attr_int("channels_last", 0)})},
                {},
                {1, 1, 1, 3},
                {1, 2, 5}}
            .run() == Values{1.5F, 3.5F});
  CHECK(Contrib{{contrib("QLinearSoftmax", operands)}, {}, {1, 2}, {0, 100}}.run() == Values{0, 1});
}

TEST_CASE("what the spelling cannot say is unsupported") {
  const w::Names operands = {"q", "xs", "xz", "ys", "yz"};
  CHECK(import_error(Contrib{
            {contrib("QLinearGlobalAveragePool", operands, {w::attr_int("channels_last", 1)})},
            {},
            {1, 2, 2, 1},
            {}}.bytes()) == "E-UNSUPPORTED-ATTR");
  CHECK(import_error(Contrib{{contrib("QLinearAdd", {"q", "xs", "xz"})}, {}, {1}, {}}.bytes()) ==
        "E-MODEL-ARITY");
}

TEST_CASE("QLinearConcat takes a scale for every part") {
  const Contrib concat{{contrib("QLinearConcat", {"ys", "yz", "q", "xs", "xz", "q", "other", "xz"},
                                {w::attr_int("axis", 0)})},
                       {w::tensor_raw("other", 1, {}, w::raw(Values{1.0F}))},
                       {2},
                       {1, 2}};
  CHECK(concat.run() == Values{1, 2, 2, 4});
}

TEST_CASE("QGemm with and without a quantized output") {
  // a = [1, 2], b' = [[1, 0.5], [2, 1]] (transposed), c = alpha * 0.5 * bs * [4, 8]
  const std::vector<w::Bytes> constants = {
      w::tensor_raw("b", 3, {2, 2}, w::raw(std::vector<std::int8_t>{1, 2, 2, 4})),
      w::tensor_raw("bs", 1, {2}, w::raw(Values{1.0F, 0.25F})),
      w::tensor_raw("bz", 3, {2}, w::raw(std::vector<std::int8_t>{0, 0})),
      w::tensor_raw("c", 6, {2}, w::raw(std::vector<std::int32_t>{4, 8}))};
  const std::vector<w::Bytes> attributes = {w::attr_int("transB", 1), w::attr_float("alpha", 2.0F)};
  const w::Names inputs = {"q", "xs", "xz", "b", "bs", "bz", "c"};
  w::Names quantized = inputs;
  quantized.insert(quantized.end(), {"ys", "yz"});
  // row 0: 2 * (1*1 + 2*2) + 2*0.5*1*4 = 14; row 1: 2 * 0.25 * (1*2 + 2*4) + 2*0.5*0.25*8 = 7
  CHECK(Contrib{{contrib("QGemm", quantized, attributes)}, constants, {1, 2}, {1, 2}}.run() ==
        Values{14, 7});
  const w::Bytes real = w::node("QGemm", inputs, {"y"}, attributes, "n", "com.microsoft");
  CHECK(Contrib{{real}, constants, {1, 2}, {1, 2}}.run(true) == Values{14, 7});
}

TEST_CASE("DynamicQuantizeLSTM is an LSTM of what its integers mean") {
  // Gates i, o, f, c: 0.5, 1, -0.5, 1.5 times x = 1; nothing recurs. One scale, and one a column.
  // sigmoid(1) tanh(sigmoid(0.5) tanh(1.5))
  constexpr float kExpected = 0.37320F;
  const w::Names inputs = {"x", "w", "r", "", "", "", "", "", "ws", "wz", "rs", "rz"};
  const std::vector<w::Bytes> attributes = {w::attr_int("hidden_size", 1)};
  const w::Bytes lstm =
      w::node("DynamicQuantizeLSTM", inputs, {"y"}, attributes, "n", "com.microsoft");
  const std::vector<w::Bytes> recurrence = {
      w::tensor_raw("r", 3, {1, 1, 4}, w::raw(std::vector<std::int8_t>{3, 3, 3, 3})),
      w::tensor_raw("rs", 1, {1}, w::raw(Values{1.0F})),
      w::tensor_raw("rz", 3, {1}, w::raw(std::vector<std::int8_t>{3}))};
  std::vector<w::Bytes> whole = {
      w::tensor_raw("w", 3, {1, 1, 4}, w::raw(std::vector<std::int8_t>{3, 5, -1, 7})),
      w::tensor_raw("ws", 1, {1}, w::raw(Values{0.25F})),
      w::tensor_raw("wz", 3, {1}, w::raw(std::vector<std::int8_t>{1}))};
  std::vector<w::Bytes> by_column = {
      w::tensor_raw("w", 2, {1, 1, 4}, w::raw(std::vector<std::uint8_t>{138, 130, 123, 131})),
      w::tensor_raw("ws", 1, {1, 4}, w::raw(Values{0.05F, 0.5F, 0.1F, 0.5F})),
      w::tensor_raw("wz", 2, {1, 4}, w::raw(std::vector<std::uint8_t>{128, 128, 128, 128}))};
  for (std::vector<w::Bytes>& constants : {std::ref(whole), std::ref(by_column)}) {
    constants.insert(constants.end(), recurrence.begin(), recurrence.end());
    const Values y = Contrib{{lstm}, constants, {1, 1, 1}, {1}}.run(true);
    REQUIRE(y.size() == 1);
    CHECK(y[0] == Approx(kExpected).margin(1e-4));
  }
}
