#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("GlobalLpPool: p-norm of each plane") {
  CHECK(check_op({.name = "GlobalLpPool",
                  .attributes = {attr("p", 2)},
                  .inputs = {floats({1, 2, 2}, {3.0F, 4.0F, 0.0F, -2.0F})}},
                 {floats({1, 2, 1}, {5.0F, 2.0F})}) == "");
}

TEST_CASE("GlobalLpPool: p = 1") {
  CHECK(check_op({.name = "GlobalLpPool",
                  .attributes = {attr("p", 1)},
                  .inputs = {floats({1, 1, 2}, {3.0F, -4.0F})}},
                 {floats({1, 1, 1}, {7.0F})}) == "");
}

TEST_CASE("GlobalLpPool: p below one is refused") {
  CHECK(load_error({.name = "GlobalLpPool",
                    .attributes = {attr("p", 0)},
                    .inputs = {floats({1, 2, 4}, {-0.25F, 2.0F, -0.25F, 1.0F, 2.0F, 2.0F, -0.75F,
                                                  -0.5F})}}) == "E-MODEL-ATTR");
}
