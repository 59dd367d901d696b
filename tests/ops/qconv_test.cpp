#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

const Tensor kX = numbers(DType::uint8, {1, 1, 3, 3}, {0, 9, 200, 31, 255, 77, 3, 128, 60});
const Tensor kW = numbers(DType::int8, {2, 1, 2, 2}, {1, 2, -1, 3, -2, 1, 0, 4});

OpCase qconv(std::vector<Attribute> attributes, std::vector<Tensor> inputs) {
  attributes.push_back(attr("x_zero", 100));
  return {.name = "QConv",
          .attributes = std::move(attributes),
          .inputs = std::move(inputs),
          .domain = "vernier",
          .rtol = 0,
          .atol = 0};
}

}  // namespace

// The expected numbers are those of the formula in numpy, float32.
TEST_CASE("QConv: a scale and an integer bias per channel") {
  CHECK(check_op(
            qconv({attr("y_zero", 20)},
                  {kX, kW, floats({2}, {0.03F, 0.05F}), {}, numbers(DType::int32, {2}, {10, -6})}),
            {numbers(DType::uint8, {1, 2, 2, 2}, {28, 17, 33, 19, 56, 29, 40, 0})}) == "");
}

TEST_CASE("QConv: padding is the zero point, offsets are real, the output is clamped") {
  CHECK(check_op(qconv({attr("pads", {1, 1, 1, 1}), attr("y_dtype", 3), attr("y_zero", -10),
                        attr("y_low", -10)},
                       {kX, kW, floats({1}, {0.03F}), {}, {}, floats({2}, {1.5F, -2.5F})}),
                 {numbers(DType::int8, {1, 2, 4, 4},
                          {-10, -10, 3,   -10, -10, -1,  -10, -5, -10, 4,   -10,
                           -8,  -10, -10, -10, -10, -10, -10, 0,  -10, -10, 9,
                           -7,  -10, -10, 0,   -10, -10, -10, -6, -10, -10})}) == "");
}

TEST_CASE("QConv: a float output is clamped to real bounds") {
  CHECK(check_op(qconv({attr("pads", {1, 1, 1, 1}), attr("y_dtype", 1), attr("y_min", 0.0F),
                        attr("y_max", 6.0F)},
                       {kX, kW, floats({1}, {0.03F}), {}, {}, floats({2}, {1.5F, -2.5F})}),
                 {floats({1, 2, 4, 4}, {0,
                                        0,
                                        6,
                                        0,
                                        0,
                                        6,
                                        0,
                                        5.190000057220459F,
                                        0,
                                        6,
                                        0.33000001311302185F,
                                        2.009999990463257F,
                                        0,
                                        0.27000004053115845F,
                                        0,
                                        0.30000001192092896F,
                                        0,
                                        0,
                                        6,
                                        0,
                                        0,
                                        6,
                                        3.1999998092651367F,
                                        0,
                                        0,
                                        6,
                                        0,
                                        0,
                                        0,
                                        4.159999847412109F,
                                        0,
                                        0})}) == "");
}

TEST_CASE("QConv: weight zero points, a mid quantization and a residual") {
  CHECK(check_op(qconv({attr("y_zero", 64), attr("mid", 1), attr("mid_low", -30),
                        attr("mid_high", 90), attr("mid_scale", 0.5F), attr("residual_zero", 128),
                        attr("residual_scale", 0.25F)},
                       {kX,
                        numbers(DType::uint8, {2, 1, 2, 2}, {120, 130, 127, 135, 1, 255, 128, 100}),
                        floats({2}, {0.03F, 0.05F}),
                        numbers(DType::int32, {2}, {125, 128}),
                        {},
                        {},
                        numbers(DType::uint8, {1, 2, 2, 2}, {5, 250, 0, 128, 60, 70, 80, 90})}),
                 {numbers(DType::uint8, {1, 2, 2, 2}, {55, 110, 50, 49, 32, 94, 97, 40})}) == "");
}

TEST_CASE("QConv: a table is looked up by the byte") {
  std::vector<double> negated;
  for (int i = 0; i < 256; ++i) negated.push_back(127 - i);
  CHECK(check_op(qconv({attr("y_zero", 20)}, {kX,
                                              kW,
                                              floats({2}, {0.03F, 0.05F}),
                                              {},
                                              numbers(DType::int32, {2}, {10, -6}),
                                              {},
                                              {},
                                              numbers(DType::int8, {256}, negated)}),
                 {numbers(DType::int8, {1, 2, 2, 2}, {99, 110, 94, 108, 71, 98, 87, 127})}) == "");
}

TEST_CASE("QConv: what does not fit is refused") {
  const Tensor scale = floats({1}, {0.5F});
  CHECK(load_error(qconv({}, {kX, kW, floats({3}, {1, 1, 1})})) == "E-MODEL-SHAPE");
  CHECK(load_error(qconv({}, {kX, floats({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), scale})) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(qconv({attr("y_dtype", 7)}, {kX, kW, scale})) == "E-MODEL-ATTR");
  CHECK(load_error(qconv({attr("y_low", 9), attr("y_high", 8)}, {kX, kW, scale})) ==
        "E-MODEL-ATTR");
  CHECK(
      load_error(qconv({}, {kX, kW, scale, {}, {}, {}, {}, numbers(DType::uint8, {2}, {1, 2})})) ==
      "E-MODEL-SHAPE");
  CHECK(load_error(qconv({attr("surprise", 1)}, {kX, kW, scale})) == "E-UNSUPPORTED-ATTR");
}
