#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Mean of one, two and three inputs") {
  CHECK(check_op(OpCase{.name = "Mean", .inputs = {floats({3}, {1.0F, -2.0F, 3.0F})}},
                 {floats({3}, {1.0F, -2.0F, 3.0F})}) == "");
}

TEST_CASE("Mean refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Mean",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Mean",
                         .inputs = {floats({2}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Mean", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}
