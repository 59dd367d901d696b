#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

namespace {

OpCase qadd(float b_scale) {
  return {.name = "QAdd",
          .attributes = {attr("a_zero", 20), attr("a_scale", 0.5F), attr("b_zero", -5),
                         attr("b_scale", b_scale), attr("y_zero", 30)},
          .inputs = {numbers(DType::uint8, {2, 2}, {0, 100, 255, 7}),
                     numbers(DType::int8, {2, 2}, {-128, 0, 127, 50})},
          .domain = "vernier"};
}

}  // namespace

// The expected numbers are those of the formula in numpy, float32.
TEST_CASE("QAdd: operands of two scales") {
  CHECK(check_op(qadd(0.3F), {numbers(DType::uint8, {2, 2}, {0, 72, 187, 40})}) == "");
}

TEST_CASE("QAdd: a negative scale subtracts") {
  CHECK(check_op(qadd(-0.3F), {numbers(DType::uint8, {2, 2}, {57, 68, 108, 7})}) == "");
}

TEST_CASE("QAdd: broadcasting, a clamp and a table") {
  std::vector<double> plus_one;
  for (int i = 0; i < 256; ++i) plus_one.push_back((i + 1) % 256);
  CHECK(check_op({.name = "QAdd",
                  .attributes = {attr("y_low", 12), attr("y_high", 30)},
                  .inputs = {numbers(DType::uint8, {2, 1}, {0, 20}),
                             numbers(DType::uint8, {3}, {1, 10, 15}),
                             numbers(DType::uint8, {256}, plus_one)},
                  .domain = "vernier"},
                 {numbers(DType::uint8, {2, 3}, {13, 13, 16, 22, 31, 31})}) == "");
}

TEST_CASE("QAdd: a scale that is not finite is refused") {
  CHECK(load_error(qadd(__builtin_inff())) == "E-MODEL-ATTR");
}
