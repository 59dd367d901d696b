#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Xor of booleans") {
  CHECK(check_op(OpCase{.name = "Xor",
                        .inputs = {bools({2, 1}, {true, false}), bools({2}, {true, false})}},
                 {bools({2, 2}, {false, true, true, false})}) == "");
  CHECK(load_error(OpCase{.name = "Xor", .inputs = {ints({1}, {1}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}
