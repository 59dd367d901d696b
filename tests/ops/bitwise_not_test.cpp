#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("BitwiseNot of integers") {
  CHECK(check_op(
            OpCase{.name = "BitwiseNot", .inputs = {numbers(DType::int16, {3}, {0.0, 5.0, -7.0})}},
            {numbers(DType::int16, {3}, {-1.0, -6.0, 6.0})}) == "");
  CHECK(check_op(
            OpCase{.name = "BitwiseNot", .inputs = {numbers(DType::uint8, {3}, {0.0, 5.0, 255.0})}},
            {numbers(DType::uint8, {3}, {255.0, 250.0, 0.0})}) == "");
  CHECK(load_error(OpCase{.name = "BitwiseNot", .inputs = {floats({1}, {1.0F})}}) ==
        "E-MODEL-DTYPE");
}
