#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

// The expected numbers are those of the formula in numpy, float32.
TEST_CASE("QMul: every element by two, clamped") {
  CHECK(check_op({.name = "QMul",
                  .attributes = {attr("a_zero", 20), attr("b_zero", -5), attr("scale", 0.01F),
                                 attr("y_zero", 30), attr("y_low", 25), attr("y_high", 200)},
                  .inputs = {numbers(DType::uint8, {4, 1}, {0, 100, 255, 7}),
                             numbers(DType::int8, {2}, {-128, 50})},
                  .domain = "vernier"},
                 {numbers(DType::uint8, {4, 2}, {55, 25, 25, 74, 25, 159, 46, 25})}) == "");
}

TEST_CASE("QMul: floats are refused") {
  CHECK(load_error({.name = "QMul",
                    .inputs = {floats({1}, {1}), numbers(DType::int8, {1}, {1})},
                    .domain = "vernier"}) == "E-MODEL-DTYPE");
}
