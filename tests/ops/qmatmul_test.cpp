#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

const Tensor kA = numbers(DType::uint8, {2, 3}, {1, 200, 30, 4, 255, 0});

}  // namespace

// The expected numbers are those of the formula in numpy, float32.
TEST_CASE("QMatMul: a scale and an offset per column") {
  CHECK(check_op({.name = "QMatMul",
                  .attributes = {attr("x_zero", 10), attr("y_zero", 128)},
                  .inputs = {kA,
                             numbers(DType::int8, {3, 2}, {-128, 127, 5, 3, -4, 90}),
                             floats({2}, {0.01F, 0.004F}),
                             {},
                             {},
                             floats({2}, {0.5F, -1.5F})},
                  .domain = "vernier"},
                 {numbers(DType::uint8, {2, 2}, {149, 131, 149, 123})}) == "");
}

TEST_CASE("QMatMul: a zero point of the right operand; batches") {
  CHECK(check_op({.name = "QMatMul",
                  .attributes = {attr("x_zero", 10), attr("y_dtype", 3)},
                  .inputs = {numbers(DType::uint8, {2, 1, 3}, {1, 200, 30, 4, 255, 0}),
                             numbers(DType::uint8, {3, 2}, {0, 127, 255, 3, 40, 90}),
                             floats({1}, {0.01F}), numbers(DType::int32, {1}, {40})},
                  .domain = "vernier"},
                 {numbers(DType::int8, {2, 1, 2}, {127, -68, 127, -101})}) == "");
}

TEST_CASE("QMatMul: operands that do not fit are refused") {
  CHECK(load_error({.name = "QMatMul",
                    .inputs = {kA, numbers(DType::int8, {2, 2}, {1, 2, 3, 4}), floats({1}, {1})},
                    .domain = "vernier"}) == "E-MODEL-SHAPE");
  CHECK(load_error({.name = "QMatMul",
                    .inputs = {kA, numbers(DType::int8, {3}, {1, 2, 3}), floats({1}, {1})},
                    .domain = "vernier"}) == "E-MODEL-SHAPE");
}
