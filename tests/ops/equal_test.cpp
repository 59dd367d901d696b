#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Equal of numbers") {
  CHECK(check_op(OpCase{.name = "Equal",
                        .inputs = {floats({2, 1}, {1.0F, 2.0F}), floats({3}, {1.0F, 2.0F, 3.0F})}},
                 {bools({2, 3}, {true, false, false, false, true, false})}) == "");
  CHECK(check_op(OpCase{.name = "Equal",
                        .inputs = {numbers(DType::float32, {2}, {kNan, 1.0}),
                                   numbers(DType::float32, {2}, {kNan, kNan})}},
                 {bools({2}, {false, false})}) == "");
  CHECK(check_op(OpCase{.name = "Equal",
                        .inputs = {ints({3}, {std::numeric_limits<std::int64_t>::max(), 2, 3}),
                                   ints({3}, {9223372036854775806, 2, 4})}},
                 {bools({3}, {false, true, false})}) == "");
  CHECK(check_op(OpCase{.name = "Equal",
                        .inputs = {numbers(DType::uint64, {2}, {9.223372036854776e+18, 1.0}),
                                   numbers(DType::uint64, {2}, {1.0, 1.0})}},
                 {bools({2}, {false, true})}) == "");
  CHECK(check_op(OpCase{.name = "Equal",
                        .inputs = {numbers(DType::int8, {2}, {-1.0, 1.0}),
                                   numbers(DType::int8, {1}, {0.0})}},
                 {bools({2}, {false, false})}) == "");
}

TEST_CASE("Equal refuses what does not fit") {
  CHECK(load_error(OpCase{.name = "Equal",
                          .inputs = {floats({2}, {1.0F, 2.0F}),
                                     floats({3}, {1.0F, 2.0F, 3.0F})}}) == "E-MODEL-SHAPE");
  CHECK(load_error(OpCase{.name = "Equal", .inputs = {floats({1}, {1.0F}), ints({1}, {1})}}) ==
        "E-MODEL-DTYPE");
}

TEST_CASE("Equal of booleans and strings") {
  CHECK(check_op(OpCase{.name = "Equal",
                        .inputs = {bools({2}, {true, false}), bools({2}, {true, true})}},
                 {bools({2}, {true, false})}) == "");
  CHECK(
      check_op(OpCase{.name = "Equal", .inputs = {strings({2}, {"ab", "c"}), strings({1}, {"ab"})}},
               {bools({2}, {true, false})}) == "");
}
