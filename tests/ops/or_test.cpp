#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Or of booleans") {
  CHECK(check_op(OpCase{.name = "Or",
                        .inputs = {bools({2, 1}, {true, false}), bools({2}, {true, false})}},
                 {bools({2, 2}, {true, true, true, false})}) == "");
  CHECK(load_error(OpCase{.name = "Or", .inputs = {ints({1}, {1}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}
