#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Where selects and broadcasts") {
  CHECK(check_op(OpCase{.name = "Where",
                        .inputs = {bools({2, 2}, {true, false, true, true}),
                                   floats({2, 2}, {1.0F, 2.0F, 3.0F, 4.0F}),
                                   floats({2, 2}, {9.0F, 8.0F, 7.0F, 6.0F})}},
                 {floats({2, 2}, {1.0F, 8.0F, 3.0F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Where",
                        .inputs = {bools({2, 1}, {true, false}), floats({3}, {1.0F, 2.0F, 3.0F}),
                                   floats({}, {7.0F})}},
                 {floats({2, 3}, {1.0F, 2.0F, 3.0F, 7.0F, 7.0F, 7.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Where",
                        .inputs = {bools({2}, {true, false}), strings({2}, {"a", "b"}),
                                   strings({2}, {"c", "d"})}},
                 {strings({2}, {"a", "d"})}) == "");
  CHECK(
      check_op(OpCase{.name = "Where",
                      .inputs = {bools({2}, {true, false}), numbers(DType::uint8, {2}, {1.0, 2.0}),
                                 numbers(DType::uint8, {2}, {3.0, 4.0})}},
               {numbers(DType::uint8, {2}, {1.0, 4.0})}) == "");
}

TEST_CASE("Where refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Where",
                          .inputs = {bools({2}, {true, false}), floats({1}, {1.0F}),
                                     ints({1}, {1})}}) == "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Where",
                          .inputs = {bools({2}, {true, false}), floats({3}, {1.0F, 2.0F, 3.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(OpCase{.name = "Where",
                          .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F}),
                                     floats({1}, {1.0F})}}) == "E-MODEL-DTYPE");
}
