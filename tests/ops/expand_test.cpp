#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Expand") {
  CHECK(check_op(OpCase{.name = "Expand",
                        .inputs = {floats({3, 1}, {1.0F, 2.0F, 3.0F}), ints({3}, {2, 1, 4})}},
                 {floats({2, 3, 4}, {1.0F, 1.0F, 1.0F, 1.0F, 2.0F, 2.0F, 2.0F, 2.0F,
                                     3.0F, 3.0F, 3.0F, 3.0F, 1.0F, 1.0F, 1.0F, 1.0F,
                                     2.0F, 2.0F, 2.0F, 2.0F, 3.0F, 3.0F, 3.0F, 3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Expand",
                        .inputs = {floats({3, 1}, {1.0F, 2.0F, 3.0F}), ints({1}, {1})}},
                 {floats({3, 1}, {1.0F, 2.0F, 3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Expand", .inputs = {floats({}, {1.0F}), ints({2}, {2, 2})}},
                 {floats({2, 2}, {1.0F, 1.0F, 1.0F, 1.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Expand", .inputs = {floats({1}, {1.0F}), ints({1}, {0})}},
                 {floats({0}, {})}) == "");
  CHECK(
      load_error(OpCase{.name = "Expand", .inputs = {floats({2}, {1.0F, 2.0F}), ints({1}, {3})}}) ==
      "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Expand",
                         .inputs = {floats({2}, {1.0F, 2.0F}), ints({1}, {3})}}) == "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "Expand", .inputs = {floats({1}, {1.0F}), ints({1}, {-1})}}) ==
        "E-DATA-SHAPE");
}
