#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("And of booleans") {
  CHECK(check_op(OpCase{.name = "And",
                        .inputs = {bools({2, 1}, {true, false}), bools({2}, {true, false})}},
                 {bools({2, 2}, {true, false, false, false})}) == "");
  CHECK(load_error(OpCase{.name = "And", .inputs = {ints({1}, {1}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}
