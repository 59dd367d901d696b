#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Clip with all forms of limits") {
  CHECK(check_op(
            OpCase{.name = "Clip",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({}, {-1.0F}), floats({}, {1.0F})}},
            {floats({2, 4}, {-1.0F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 1.0F, 1.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Clip",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              {},
                              floats({}, {1.0F})}},
            {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 1.0F, 1.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Clip",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({}, {0.0F})}},
            {floats({2, 4}, {0.0F, 0.0F, 0.0F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Clip",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}},
            {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "Clip",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({}, {2.0F}), floats({}, {1.0F})}},
            {floats({2, 4}, {1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F, 1.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Clip",
                        .inputs = {numbers(DType::float32, {2}, {kNan, 5.0}), floats({}, {0.0F}),
                                   floats({}, {1.0F})}},
                 {numbers(DType::float32, {2}, {kNan, 1.0})}) == "");
}

TEST_CASE("Clip of integers") {
  CHECK(check_op(
            OpCase{.name = "Clip",
                   .inputs = {numbers(DType::int8, {3}, {-5.0, 0.0, 5.0}),
                              numbers(DType::int8, {}, {-1.0}), numbers(DType::int8, {}, {1.0})}},
            {numbers(DType::int8, {3}, {-1.0, 0.0, 1.0})}) == "");
  CHECK(check_op(OpCase{.name = "Clip",
                        .inputs = {ints({3}, {std::numeric_limits<std::int64_t>::min(), 0,
                                              std::numeric_limits<std::int64_t>::max()}),
                                   {},
                                   ints({}, {1})}},
                 {ints({3}, {std::numeric_limits<std::int64_t>::min(), 0, 1})}) == "");
  CHECK(load_error(
            OpCase{.name = "Clip", .inputs = {floats({1}, {1.0F}), floats({2}, {1.0F, 2.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error(OpCase{.name = "Clip", .inputs = {floats({1}, {1.0F}), ints({}, {1})}}) ==
        "E-MODEL-DTYPE");
}
