#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("BitwiseXor of integers") {
  CHECK(check_op(OpCase{.name = "BitwiseXor",
                        .inputs = {numbers(DType::int32, {2, 1}, {12.0, -7.0}),
                                   numbers(DType::int32, {2}, {10.0, 5.0})}},
                 {numbers(DType::int32, {2, 2}, {6.0, 9.0, -13.0, -4.0})}) == "");
  CHECK(check_op(OpCase{.name = "BitwiseXor",
                        .inputs = {numbers(DType::uint8, {2}, {200.0, 7.0}),
                                   numbers(DType::uint8, {2}, {10.0, 5.0})}},
                 {numbers(DType::uint8, {2}, {194.0, 2.0})}) == "");
  CHECK(load_error(
            OpCase{.name = "BitwiseXor", .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-MODEL-DTYPE");
}
