#include <catch2/catch.hpp>

#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("PRelu with broadcast slopes") {
  CHECK(check_op(OpCase{.name = "PRelu",
                        .inputs = {floats({1, 2, 2}, {-1.0F, 2.0F, -3.0F, 4.0F}),
                                   floats({2, 1}, {0.5F, 2.0F})}},
                 {floats({1, 2, 2}, {-0.5F, 2.0F, -6.0F, 4.0F})}) == "");
  CHECK(check_op(
            OpCase{.name = "PRelu",
                   .inputs = {floats({2, 4}, {-2.5F, -1.0F, -0.5F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F}),
                              floats({1}, {0.1F})}},
            {floats({2, 4}, {-0.25F, -0.1F, -0.05F, 0.0F, 0.5F, 1.0F, 2.5F, 4.0F})}) == "");
  CHECK(load_error(OpCase{
            .name = "PRelu",
            .inputs = {floats({2}, {1.0F, 2.0F}), floats({2, 2}, {1.0F, 2.0F, 3.0F, 4.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error(
            OpCase{.name = "PRelu", .inputs = {floats({1}, {1.0F}), floats({2}, {1.0F, 2.0F})}}) ==
        "E-DATA-SHAPE");
}
