#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Max of one, two and three inputs") {
  CHECK(check_op(OpCase{.name = "Max", .inputs = {floats({3}, {1.0F, -2.0F, 3.0F})}},
                 {floats({3}, {1.0F, -2.0F, 3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Max",
                        .inputs = {floats({2, 1}, {1.0F, 4.0F}), floats({3}, {3.0F, 2.0F, 0.0F})}},
                 {floats({2, 3}, {3.0F, 2.0F, 1.0F, 4.0F, 4.0F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Max",
                        .inputs = {floats({2}, {1.0F, 5.0F}), floats({1}, {2.0F}),
                                   floats({2, 1}, {3.0F, 7.0F})}},
                 {floats({2, 2}, {3.0F, 5.0F, 7.0F, 7.0F})}) == "");
}

TEST_CASE("Max refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Max",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Max",
                         .inputs = {floats({2}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Max", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}

TEST_CASE("Max keeps NaN and takes integers") {
  CHECK(check_op(OpCase{.name = "Max",
                        .inputs = {numbers(DType::float32, {3}, {1.0, kNan, 3.0}),
                                   numbers(DType::float32, {3}, {kNan, 1.0, 2.0})}},
                 {numbers(DType::float32, {3}, {kNan, kNan, 3.0})}) == "");
  CHECK(check_op(OpCase{.name = "Max",
                        .inputs = {numbers(DType::uint64, {2}, {9.223372036854776e+18, 1.0}),
                                   numbers(DType::uint64, {1}, {5.0})}},
                 {numbers(DType::uint64, {2}, {9.223372036854776e+18, 5.0})}) == "");
  CHECK(check_op(OpCase{.name = "Max",
                        .inputs = {numbers(DType::int8, {2}, {-3.0, 1.0}),
                                   numbers(DType::int8, {1}, {0.0})}},
                 {numbers(DType::int8, {2}, {0.0, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "Max",
                        .inputs = {numbers(DType::float16, {2}, {-3.0, 1.0}),
                                   numbers(DType::float16, {1}, {0.0})}},
                 {numbers(DType::float16, {2}, {0.0, 1.0})}) == "");
}
