#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Not of booleans") {
  CHECK(check_op(OpCase{.name = "Not", .inputs = {bools({2, 2}, {true, false, false, true})}},
                 {bools({2, 2}, {false, true, true, false})}) == "");
  CHECK(load_error(OpCase{.name = "Not", .inputs = {ints({1}, {1})}}) == "E-MODEL-DTYPE");
}
