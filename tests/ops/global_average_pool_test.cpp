#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GlobalAveragePool: two spatial axes") {
  CHECK(check_op({.name = "GlobalAveragePool",
                  .inputs = {floats({2, 2, 2, 3},
                                    {1.0F, 1.75F, 0.5F,  -1.25F, 1.0F,   -1.5F, -0.5F, 0.0F,
                                     1.0F, -1.5F, 0.75F, -1.5F,  -0.5F,  -1.5F, -2.0F, -0.75F,
                                     2.0F, 0.25F, 1.0F,  -1.25F, -1.25F, 1.75F, 1.0F,  0.0F})}},
                 {floats({2, 2, 1, 1}, {0.25F, -0.291666657F, -0.416666657F, 0.208333328F})}) ==
        "");
}

TEST_CASE("GlobalAveragePool: one spatial axis") {
  CHECK(check_op({.name = "GlobalAveragePool",
                  .inputs = {floats({1, 2, 4},
                                    {-1.0F, 1.5F, -0.25F, -2.0F, 1.5F, -0.25F, -0.25F, -0.5F})}},
                 {floats({1, 2, 1}, {-0.4375F, 0.125F})}) == "");
}

TEST_CASE("GlobalAveragePool: too few dims and unread attributes are refused") {
  CHECK(load_error({.name = "GlobalAveragePool", .inputs = {floats({3}, {-1.0F, 0.5F, -0.75F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "GlobalAveragePool", .inputs = {floats({3}, {0.0F, -1.75F, 1.5F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error({.name = "GlobalAveragePool",
                    .attributes = {attr("axis", 1)},
                    .inputs = {floats({1, 2, 4}, {-1.25F, 0.5F, -1.0F, -1.25F, -1.5F, 1.0F, -1.75F,
                                                  1.25F})}}) == "E-UNSUPPORTED-ATTR");
}
