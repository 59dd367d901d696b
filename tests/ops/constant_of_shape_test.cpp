#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("ConstantOfShape") {
  CHECK(check_op(OpCase{.name = "ConstantOfShape", .inputs = {ints({2}, {2, 3})}},
                 {floats({2, 3}, {0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F})}) == "");
  CHECK(check_op(OpCase{.name = "ConstantOfShape",
                        .attributes = {{"value", ints({1}, {7})}},
                        .inputs = {ints({2}, {2, 0})}},
                 {ints({2, 0}, {})}) == "");
  CHECK(check_op(OpCase{.name = "ConstantOfShape",
                        .attributes = {{"value", numbers(DType::int32, {1}, {-7.0})}},
                        .inputs = {ints({0}, {})}},
                 {numbers(DType::int32, {}, {-7.0})}) == "");
  CHECK(load_error(OpCase{.name = "ConstantOfShape", .inputs = {ints({1}, {-1})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "ConstantOfShape", .inputs = {ints({1}, {-1})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "ConstantOfShape",
                          .attributes = {{"value", ints({2}, {1, 2})}},
                          .inputs = {ints({1}, {1})}}) == "E-MODEL-ATTR");
  CHECK(run_error(OpCase{.name = "ConstantOfShape",
                         .inputs = {ints({13}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})}}) ==
        "E-LIMIT-RANK");
}
