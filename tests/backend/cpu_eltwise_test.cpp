#include "backend/cpu_row_check.h"

using namespace vernier;
using namespace vernier::row_check;

namespace {

Operand in(Tensor value) { return {std::move(value), false}; }
Operand fixed(Tensor value) { return {std::move(value), true}; }

const Shape kShapes[] = {{1}, {37}, {3, 5, 7}, {2, 19, 5, 3}, {1, 64, 4, 4}, {}};

}  // namespace

TEST_CASE("unary fp32 rows match the reference in every layout") {
  const std::vector<std::string> names = {
      "Relu",        "Sigmoid",   "Tanh",     "Exp",   "Neg",        "Abs",
      "Erf",         "Floor",     "Ceil",     "Round", "Reciprocal", "LeakyRelu",
      "HardSigmoid", "HardSwish", "Swish",    "Gelu",  "Elu",        "Selu",
      "Celu",        "Softplus",  "Softsign", "Mish",  "Sign",       "ThresholdedRelu",
      "Shrink",      "Sin",       "Cos",      "Atan",  "Sinh",       "Asinh",
      "IsNaN",       "IsInf"};
  for (const std::string& name : names) {
    for (const Shape& shape : kShapes) {
      INFO(name);
      check_row({"", name, {in(floats(shape, 7, -4.0F, 4.0F))}});
    }
  }
  for (const std::string name : {"Sqrt", "Log"}) {
    check_row({"", name, {in(floats({2, 19, 5, 3}, 8, 0.01F, 50.0F))}});
  }
}

TEST_CASE("unary fp32 rows keep NaN and infinities as ONNX says") {
  for (const std::string name : {"Relu",      "Sigmoid",
                                 "Tanh",      "Exp",
                                 "Neg",       "Abs",
                                 "Erf",       "Floor",
                                 "Ceil",      "Round",
                                 "Sqrt",      "Log",
                                 "LeakyRelu", "HardSigmoid",
                                 "HardSwish", "Elu",
                                 "Selu",      "Celu",
                                 "Softplus",  "Softsign",
                                 "Sign",      "ThresholdedRelu",
                                 "Shrink",    "Gelu",
                                 "IsNaN",     "IsInf",
                                 "Swish"}) {
    INFO(name);
    check_row({"", name, {in(special_floats({2, 33, 3}, 9))}});
  }
}

TEST_CASE("attributes of activations reach the kernel") {
  check_row({"", "LeakyRelu", {in(floats({40}, 1))}, {attr("alpha", 0.3F)}});
  check_row({"", "HardSigmoid", {in(floats({40}, 2))}, {attr("alpha", 0.4F), attr("beta", 0.1F)}});
  check_row({"", "Elu", {in(floats({40}, 3))}, {attr("alpha", 1.7F)}});
  check_row({"", "Selu", {in(floats({40}, 4))}, {attr("alpha", 1.2F), attr("gamma", 0.8F)}});
  check_row({"", "Celu", {in(floats({40}, 5))}, {attr("alpha", 0.6F)}});
  check_row({"", "Swish", {in(floats({40}, 6))}, {attr("alpha", 1.7F)}});
  for (const std::int64_t negative : {0, 1}) {
    for (const std::int64_t positive : {0, 1}) {
      check_row({"",
                 "IsInf",
                 {in(special_floats({40}, 8))},
                 {attr("detect_negative", negative), attr("detect_positive", positive)}});
    }
  }
  check_row({"", "Gelu", {in(floats({40}, 7))}, {attr("approximate", "tanh")}});
  check_row({"", "Shrink", {in(floats({40}, 8))}, {attr("lambd", 0.7F), attr("bias", 0.2F)}});
}

TEST_CASE("binary fp32 rows broadcast") {
  const std::pair<Shape, Shape> pairs[] = {{{3, 5, 7}, {3, 5, 7}},
                                           {{2, 19, 5, 3}, {2, 19, 5, 3}},
                                           {{2, 19, 5, 3}, {1, 19, 1, 1}},
                                           {{2, 19, 5, 3}, {2, 19, 1, 1}},
                                           {{2, 19, 5, 3}, {}},
                                           {{}, {2, 19, 5, 3}},
                                           {{2, 1, 5, 1}, {1, 19, 1, 3}},
                                           {{4, 6}, {6}},
                                           {{4, 1}, {1, 6}},
                                           {{2, 19, 5, 3}, {2, 1, 5, 3}},
                                           {{33}, {1}},
                                           {{1, 128, 9, 9}, {1, 128, 1, 1}},
                                           {{2, 19, 5}, {5}}};
  for (const std::string name : {"Add", "Sub", "Mul", "Div", "Pow"}) {
    for (const auto& [a, b] : pairs) {
      INFO(name);
      check_row({"", name, {in(floats(a, 1, 0.5F, 2.0F)), in(floats(b, 2, 0.5F, 2.0F))}});
      check_row({"", name, {in(floats(a, 1, 0.5F, 2.0F)), fixed(floats(b, 2, 0.5F, 2.0F))}});
    }
  }
  check_row({"", "PRelu", {in(floats({2, 19, 5, 3}, 3)), fixed(floats({19, 1, 1}, 4))}});
  check_row(
      {"", "Mod", {in(floats({40}, 3)), in(floats({40}, 4))}, {attr("fmod", std::int64_t{1})}});
}

TEST_CASE("Pow by a constant uses products and keeps the sign") {
  for (const float exponent : {2.0F, 3.0F, -1.0F, 0.5F, 1.5F}) {
    const Tensor power = Tensor::scalar_float(exponent);
    check_row({"", "Pow", {in(floats({2, 19, 5, 3}, 5, 0.1F, 3.0F)), fixed(power)}});
  }
  check_row({"", "Pow", {in(floats({40}, 5)), fixed(Tensor::scalar_int64(2))}});
}

TEST_CASE("Max, Min, Sum and Mean fold any number of operands") {
  for (const std::string name : {"Max", "Min", "Sum", "Mean"}) {
    check_row(
        {"", name, {in(floats({2, 19, 5, 3}, 1)), in(floats({19, 1, 1}, 2)), in(floats({}, 3))}});
  }
  for (const std::string name : {"Max", "Min"}) {
    check_row({"", name, {in(special_floats({200}, 1)), in(special_floats({200}, 2))}});
    check_row({"",
               name,
               {in(integers(DType::int64, {9, 4}, 3, -9, 9)),
                in(integers(DType::int64, {4}, 4, -9, 9))}});
  }
}

TEST_CASE("Clip takes constant, computed and missing limits") {
  const Tensor x = special_floats({2, 19, 5, 3}, 11);
  const Tensor low = Tensor::scalar_float(-0.5F);
  const Tensor high = Tensor::scalar_float(1.25F);
  check_row({"", "Clip", {in(x), fixed(low), fixed(high)}});
  check_row({"", "Clip", {in(x), in(low), in(high)}});
  check_row({"", "Clip", {in(x), {}, fixed(high)}});
  check_row({"", "Clip", {in(x), in(low)}});
  check_row({"", "Clip", {in(x), in(high), in(low)}});
}

TEST_CASE("integer arithmetic wraps and compares") {
  const Shape a{3, 1, 7};
  const Shape b{5, 1};
  for (const DType dtype : {DType::int64, DType::int32, DType::int8, DType::uint8}) {
    const bool negative = dtype != DType::uint8;
    for (const std::string name :
         {"Add", "Sub", "Mul", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}) {
      INFO(name << " " << dtype_name(dtype));
      check_row({"",
                 name,
                 {in(integers(dtype, a, 1, negative ? -9 : 0, 9)),
                  in(integers(dtype, b, 2, negative ? -9 : 0, 9))}});
    }
    for (const std::string name : {"Div", "Mod"}) {
      check_row(
          {"",
           name,
           {in(integers(dtype, a, 1, negative ? -50 : 0, 50)), in(integers(dtype, b, 2, 1, 9))}});
    }
  }
  const Tensor extreme = Tensor::from_int64(std::vector<std::int64_t>{
      std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(), -1});
  check_row({"", "Add", {in(extreme), in(extreme)}});
  check_row({"", "Mul", {in(extreme), in(extreme)}});
  check_row({"", "Neg", {in(extreme)}});
  check_row({"", "Abs", {in(extreme)}});
  check_row({"", "Div", {in(extreme), in(Tensor::scalar_int64(-1))}});
  check_row(
      {"", "Mod", {in(integers(DType::int64, {30}, 5, -20, 20)), in(Tensor::scalar_int64(-7))}});
}

TEST_CASE("an integer divisor of zero is an error of the data") {
  for (const std::string name : {"Div", "Mod"}) {
    const Case test{"",
                    name,
                    {in(Tensor::from_int64(std::vector<std::int64_t>{4, 5})),
                     in(Tensor::from_int64(std::vector<std::int64_t>{2, 0}))}};
    const Error error = run_error(test, {{DType::int64, Shape{2}, Shape{1}, nullptr}});
    CHECK(error.code == Errc::invalid_data);
    CHECK(error.id == "E-DATA-VALUE");
  }
}

TEST_CASE("logic, comparison, choice and bits") {
  const Tensor a = integers(DType::boolean, {4, 1, 9}, 1, 0, 1);
  const Tensor b = integers(DType::boolean, {3, 9}, 2, 0, 1);
  for (const std::string name : {"And", "Or", "Xor", "Equal"})
    check_row({"", name, {in(a), in(b)}});
  check_row({"", "Not", {in(a)}});
  for (const std::string name : {"BitwiseAnd", "BitwiseOr", "BitwiseXor"}) {
    check_row({"",
               name,
               {in(integers(DType::int32, {40}, 3, -99, 99)),
                in(integers(DType::int32, {40}, 4, -99, 99))}});
  }
  check_row({"", "BitwiseNot", {in(integers(DType::uint8, {40}, 3, 0, 255))}});
  for (const std::string name : {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"}) {
    check_row({"", name, {in(special_floats({200}, 1)), in(special_floats({200}, 2))}});
  }
  check_row({"", "Where", {in(a), in(floats({4, 3, 9}, 5)), in(floats({}, 6))}});
  check_row({"", "Where", {in(a), in(floats({}, 5)), in(floats({4, 3, 9}, 6))}});
  check_row({"",
             "Where",
             {in(integers(DType::boolean, {2, 5, 3, 4}, 1, 0, 1)), in(floats({2, 5, 3, 4}, 5)),
              in(floats({1, 5, 1, 1}, 6))}});
  check_row({"",
             "Where",
             {in(a), in(integers(DType::int64, {9}, 5, -9, 9)),
              in(integers(DType::int64, {1}, 6, -9, 9))}});
}

TEST_CASE("Cast between number types") {
  const DType types[] = {DType::float32,  DType::float64, DType::float16,
                         DType::bfloat16, DType::int8,    DType::uint8,
                         DType::int32,    DType::int64,   DType::boolean};
  for (const DType to : types) {
    INFO(dtype_name(to));
    const std::vector<Attribute> attributes = {attr("to", static_cast<std::int64_t>(to))};
    check_row(
        {"", "Cast", {in(floats({2, 19, 5, 3}, 1, -100.0F, 100.0F))}, attributes, {}, 1, 0.0});
    check_row(
        {"", "Cast", {in(integers(DType::int64, {40}, 2, -300, 300))}, attributes, {}, 1, 0.0});
    check_row({"", "Cast", {in(integers(DType::boolean, {40}, 3, 0, 1))}, attributes, {}, 1, 0.0});
    check_row({"", "Cast", {in(integers(DType::uint8, {40}, 4, 0, 255))}, attributes, {}, 1, 0.0});
    check_row(
        {"", "Cast", {in(integers(DType::float16, {400}, 5, 0, 65535))}, attributes, {}, 1, 0.0});
    check_row({"", "Cast", {in(special_floats({300}, 6))}, attributes, {}, 1, 0.0});
  }
}

TEST_CASE("what has no kernel says so") {
  CHECK_FALSE(refusal({"",
                       "Add",
                       {in(integers(DType::float16, {4}, 1, 0, 9)),
                        in(integers(DType::float16, {4}, 1, 0, 9))}})
                  .empty());
  CHECK_FALSE(refusal({"", "Clip", {in(integers(DType::int64, {4}, 1, 0, 9))}}).empty());
}
