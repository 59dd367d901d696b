#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Sum of one, two and three inputs") {
  CHECK(check_op(OpCase{.name = "Sum", .inputs = {floats({3}, {1.0F, -2.0F, 3.0F})}},
                 {floats({3}, {1.0F, -2.0F, 3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Sum",
                        .inputs = {floats({2, 1}, {1.0F, 4.0F}), floats({3}, {3.0F, 2.0F, 0.0F})}},
                 {floats({2, 3}, {4.0F, 3.0F, 1.0F, 7.0F, 6.0F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Sum",
                        .inputs = {floats({2}, {1.0F, 5.0F}), floats({1}, {2.0F}),
                                   floats({2, 1}, {3.0F, 7.0F})}},
                 {floats({2, 2}, {6.0F, 10.0F, 10.0F, 14.0F})}) == "");
}

TEST_CASE("Sum refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Sum",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Sum",
                         .inputs = {floats({2}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Sum", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}
