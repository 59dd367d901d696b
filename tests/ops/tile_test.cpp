#include <catch2/catch.hpp>
#include <limits>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("Tile") {
  CHECK(check_op(OpCase{.name = "Tile",
                        .inputs = {floats({2, 2}, {1.0F, 2.0F, 3.0F, 4.0F}), ints({2}, {2, 3})}},
                 {floats({4, 6}, {1.0F, 2.0F, 1.0F, 2.0F, 1.0F, 2.0F, 3.0F, 4.0F,
                                  3.0F, 4.0F, 3.0F, 4.0F, 1.0F, 2.0F, 1.0F, 2.0F,
                                  1.0F, 2.0F, 3.0F, 4.0F, 3.0F, 4.0F, 3.0F, 4.0F})}) == "");
  CHECK(check_op(OpCase{.name = "Tile",
                        .inputs = {floats({2, 2}, {1.0F, 2.0F, 3.0F, 4.0F}), ints({2}, {0, 1})}},
                 {floats({0, 2}, {})}) == "");
  CHECK(load_error(OpCase{.name = "Tile", .inputs = {floats({1}, {1.0F}), ints({2}, {1, 1})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(OpCase{.name = "Tile", .inputs = {floats({1}, {1.0F}), ints({1}, {-1})}}) ==
        "E-DATA-SHAPE");
  CHECK(run_error(OpCase{.name = "Tile",
                         .inputs = {floats({2}, {1.0F, 2.0F}),
                                    ints({1}, {std::numeric_limits<std::int64_t>::max()})}}) ==
        "E-DATA-SHAPE");
}
