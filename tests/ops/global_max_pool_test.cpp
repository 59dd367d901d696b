#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GlobalMaxPool: two spatial axes") {
  CHECK(check_op({.name = "GlobalMaxPool",
                  .inputs = {floats({2, 2, 2, 3},
                                    {-0.25F, -0.25F, -1.25F, -0.5F, 1.0F, 1.75F, 1.75F,  0.5F,
                                     -1.0F,  -1.75F, 0.25F,  0.25F, 0.0F, 0.0F,  -1.75F, -0.5F,
                                     -1.5F,  1.5F,   1.75F,  1.5F,  0.0F, 1.25F, 1.25F,  -0.75F})}},
                 {floats({2, 2, 1, 1}, {1.75F, 1.75F, 1.5F, 1.75F})}) == "");
}

TEST_CASE("GlobalMaxPool: one spatial axis") {
  CHECK(check_op(
            {.name = "GlobalMaxPool",
             .inputs = {floats({1, 2, 4}, {-1.75F, 1.5F, 0.5F, -0.25F, 1.5F, 2.0F, 1.5F, -2.0F})}},
            {floats({1, 2, 1}, {1.5F, 2.0F})}) == "");
}

TEST_CASE("GlobalMaxPool: too few dims and unread attributes are refused") {
  CHECK(load_error({.name = "GlobalMaxPool", .inputs = {floats({3}, {-2.0F, 0.0F, 0.0F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(run_error({.name = "GlobalMaxPool", .inputs = {floats({3}, {-1.25F, -0.5F, 0.25F})}}) ==
        "E-MODEL-SHAPE");
  CHECK(load_error({.name = "GlobalMaxPool",
                    .attributes = {attr("axis", 1)},
                    .inputs = {floats({1, 2, 4}, {1.0F, 1.0F, -1.75F, -0.5F, -1.0F, -1.0F, 1.25F,
                                                  -0.25F})}}) == "E-UNSUPPORTED-ATTR");
}
