#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Size") {
  CHECK(check_op(
            OpCase{.name = "Size",
                   .inputs = {floats({2, 3, 4}, {0.0F,  0.6F,   -0.55F, -1.78F, -0.91F, -1.98F,
                                                 0.12F, 2.68F,  -0.98F, -1.24F, 0.98F,  0.71F,
                                                 0.21F, -1.86F, -0.06F, 1.39F,  -2.69F, -0.92F,
                                                 -3.8F, -2.58F, -3.68F, -0.47F, -2.53F, 0.54F})}},
            {ints({}, {24})}) == "");
  CHECK(check_op(OpCase{.name = "Size", .inputs = {floats({0, 3}, {})}}, {ints({}, {0})}) == "");
}
