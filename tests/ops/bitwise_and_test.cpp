#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("BitwiseAnd of integers") {
  CHECK(check_op(OpCase{.name = "BitwiseAnd",
                        .inputs = {numbers(DType::int32, {2, 1}, {12.0, -7.0}),
                                   numbers(DType::int32, {2}, {10.0, 5.0})}},
                 {numbers(DType::int32, {2, 2}, {8.0, 4.0, 8.0, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "BitwiseAnd",
                        .inputs = {numbers(DType::uint8, {2}, {200.0, 7.0}),
                                   numbers(DType::uint8, {2}, {10.0, 5.0})}},
                 {numbers(DType::uint8, {2}, {8.0, 5.0})}) == "");
  CHECK(load_error(
            OpCase{.name = "BitwiseAnd", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-DTYPE");
}
