#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Mod follows the divisor, fmod the dividend") {
  CHECK(
      check_op(OpCase{.name = "Mod",
                      .inputs = {ints({6}, {-4, 7, 5, 4, -7, 8}), ints({6}, {2, -3, 8, -2, 3, 5})}},
               {ints({6}, {0, -2, 5, 0, 2, 3})}) == "");
  CHECK(
      check_op(OpCase{.name = "Mod",
                      .attributes = {{"fmod", std::int64_t{1}}},
                      .inputs = {ints({6}, {-4, 7, 5, 4, -7, 8}), ints({6}, {2, -3, 8, -2, 3, 5})}},
               {ints({6}, {0, 1, 5, 0, -1, 3})}) == "");
  CHECK(check_op(OpCase{.name = "Mod",
                        .attributes = {{"fmod", std::int64_t{1}}},
                        .inputs = {floats({6}, {-4.3F, 7.2F, 5.0F, 4.3F, -7.2F, 8.0F}),
                                   floats({6}, {2.1F, -3.4F, 8.0F, -2.1F, 3.4F, 5.0F})}},
                 {floats({6}, {-0.10000038F, 0.39999962F, 5.0F, 0.10000038F, -0.39999962F,
                               3.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Mod",
                        .inputs = {ints({1}, {std::numeric_limits<std::int64_t>::min()}),
                                   ints({1}, {-1})}},
                 {ints({1}, {0})}) == "");
  CHECK(check_op(OpCase{.name = "Mod",
                        .inputs = {numbers(DType::uint8, {2}, {200.0, 7.0}),
                                   numbers(DType::uint8, {1}, {9.0})}},
                 {numbers(DType::uint8, {2}, {2.0, 7.0})}) == "");
}

TEST_CASE("Mod refuses zero") {
  CHECK(run_error(OpCase{.name = "Mod", .inputs = {ints({1}, {1}), ints({1}, {0})}}) ==
        "E-DATA-VALUE");
}
