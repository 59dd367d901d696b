#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "support/op_test.h"

using namespace vernier;
using namespace vernier::test;

TEST_CASE("LpNormalization: p = 2, and a norm of zero") {
  CHECK(check_op({.name = "LpNormalization",
                  .attributes = {attr("axis", 1)},
                  .inputs = {floats({2, 2}, {3.0F, 4.0F, 0.0F, 0.0F})}},
                 {floats({2, 2}, {0.600000024F, 0.800000012F, 0.0F, 0.0F})}) == "");
}

TEST_CASE("LpNormalization: p = 1 on the first axis") {
  CHECK(check_op({.name = "LpNormalization",
                  .attributes = {attr("axis", 0), attr("p", 1)},
                  .inputs = {floats({2, 2}, {1.0F, -2.0F, 3.0F, 2.0F})}},
                 {floats({2, 2}, {0.25F, -0.5F, 0.75F, 0.5F})}) == "");
}

TEST_CASE("LpNormalization: only p of 1 and 2 exist") {
  CHECK(load_error({.name = "LpNormalization",
                    .attributes = {attr("p", 3)},
                    .inputs = {floats({2, 2}, {1.25F, -1.25F, -1.25F, 2.0F})}}) == "E-MODEL-ATTR");
  CHECK(load_error({.name = "LpNormalization",
                    .attributes = {attr("axis", 2)},
                    .inputs = {floats({2, 2}, {0.5F, -1.0F, -0.25F, 0.5F})}}) == "E-MODEL-ATTR");
}
