#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("NonZero") {
  CHECK(check_op(OpCase{.name = "NonZero", .inputs = {bools({2, 2}, {true, false, true, true})}},
                 {ints({2, 3}, {0, 1, 1, 0, 0, 1})}) == "");
  CHECK(check_op(OpCase{.name = "NonZero",
                        .inputs = {numbers(DType::float32, {5}, {0.0, 3.0, kNan, 0.0, -0.5})}},
                 {ints({1, 3}, {1, 2, 4})}) == "");
  CHECK(check_op(OpCase{.name = "NonZero",
                        .inputs = {numbers(DType::uint8, {2, 1, 2}, {1.0, 0.0, 0.0, 255.0})}},
                 {ints({3, 2}, {0, 1, 0, 0, 0, 1})}) == "");
}
