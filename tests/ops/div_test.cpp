#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Div broadcasts both ways") {
  CHECK(
      check_op(OpCase{.name = "Div",
                      .inputs = {floats({2, 1}, {1.5F, -2.0F}), floats({3}, {0.5F, 4.0F, -1.0F})}},
               {floats({2, 3}, {3.0F, 0.375F, -1.5F, -4.0F, -0.5F, 2.0F})}) == "");
}

TEST_CASE("Div of other dtypes") {
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {numbers(DType::float16, {3}, {1.5, 2.0, 3.0}),
                                   numbers(DType::float16, {1}, {0.0999755859375})}},
                 {numbers(DType::float16, {3}, {15.0, 20.0, 30.0})}) == "");
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {numbers(DType::int8, {2}, {100.0, -7.0}),
                                   numbers(DType::int8, {2}, {2.0, 3.0})}},
                 {numbers(DType::int8, {2}, {50.0, -2.0})}) == "");
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {numbers(DType::uint64, {2}, {7.0, 9.0}),
                                   numbers(DType::uint64, {2}, {2.0, 3.0})}},
                 {numbers(DType::uint64, {2}, {3.0, 3.0})}) == "");
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {numbers(DType::bfloat16, {2}, {7.0, 9.0}),
                                   numbers(DType::bfloat16, {2}, {2.0, 3.0})}},
                 {numbers(DType::bfloat16, {2}, {3.5, 3.0})}) == "");
}

TEST_CASE("Div of empty and scalar tensors") {
  CHECK(check_op(
            OpCase{.name = "Div", .inputs = {floats({0, 3}, {}), floats({3}, {1.0F, 2.0F, 3.0F})}},
            {floats({0, 3}, {})}) == "");
  CHECK(check_op(OpCase{.name = "Div", .inputs = {floats({}, {4.0F}), floats({}, {2.0F})}},
                 {floats({}, {2.0F})}) == "");
}

TEST_CASE("Div refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Div",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Div",
                         .inputs = {floats({2}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}}) ==
        "E-DATA-SHAPE");
  CHECK(load_error(OpCase{.name = "Div", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Div", .inputs = {floats({1}, {1.0F})}}) == "E-MODEL-ARITY");
  CHECK(load_error(OpCase{.name = "Div", .inputs = {strings({1}, {"a"}), strings({1}, {"b"})}}) ==
        "E-MODEL-DTYPE");
  CHECK(load_error(OpCase{.name = "Div",
                          .attributes = {{"axis", std::int64_t{0}}},
                          .inputs = {floats({1}, {1.0F}), floats({1}, {1.0F})}}) ==
        "E-UNSUPPORTED-ATTR");
}

TEST_CASE("Integer Div truncates, wraps and refuses zero") {
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {numbers(DType::int32, {4}, {7.0, -7.0, 7.0, -7.0}),
                                   numbers(DType::int32, {4}, {2.0, 2.0, -2.0, -2.0})}},
                 {numbers(DType::int32, {4}, {3.0, -3.0, -3.0, 3.0})}) == "");
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {ints({2}, {std::numeric_limits<std::int64_t>::min(), 5}),
                                   ints({1}, {-1})}},
                 {ints({2}, {std::numeric_limits<std::int64_t>::min(), -5})}) == "");
  CHECK(check_op(OpCase{.name = "Div",
                        .inputs = {numbers(DType::int32, {1}, {-2147483648.0}),
                                   numbers(DType::int32, {1}, {-1.0})}},
                 {numbers(DType::int32, {1}, {-2147483648.0})}) == "");
  CHECK(run_error(OpCase{.name = "Div", .inputs = {ints({2}, {1, 2}), ints({2}, {1, 0})}}) ==
        "E-DATA-VALUE");
}

TEST_CASE("Float Div by zero") {
  CHECK(check_op(
            OpCase{.name = "Div",
                   .inputs = {floats({3}, {1.0F, -1.0F, 0.0F}), floats({3}, {0.0F, 0.0F, 0.0F})}},
            {numbers(DType::float32, {3}, {kInf, -kInf, kNan})}) == "");
}
